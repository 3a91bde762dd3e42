import { resolve } from 'node:path';

const program = (variable: string, path: string): string =>
  process.env[variable] ?? resolve('.cache/programs', path);

/** Servers the tests start themselves; `bin/setup --test` fetches them. */
export const NGINX = program('NGINX_PATH', 'usr/sbin/nginx');
export const NGINX_JS_MODULE = program('NGINX_JS_MODULE', 'usr/lib/nginx/modules/ngx_http_js_module.so');
export const PROMETHEUS = program('PROMETHEUS_PATH', 'usr/bin/prometheus');
export const PROMTOOL = program('PROMTOOL_PATH', 'usr/bin/promtool');
/** Debian's libfaketime, unpacked: it gives a process another time of day. */
export const FAKETIME =
  process.env.FAKETIME_PATH ??
  resolve(
    '.cache/faketime/usr/lib',
    { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as string] ?? process.arch,
    'faketime/libfaketime.so.1',
  );
/** Cloudflare's Workers runtime, from npm. */
export const WORKERD = program('WORKERD_PATH', '../../node_modules/@cloudflare/workerd-linux-64/bin/workerd');
/** OpenStack Swift, unpacked, and the Python that its compiled parts were built for. */
export const SWIFT = process.env.SWIFT_PATH ?? resolve('.cache/swift');
export const SWIFT_PYTHON = process.env.SWIFT_PYTHON ?? '/usr/bin/python3';
