/** The edge of deploy/nginx over an empty cache. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const NGINX = resolve(process.env.NGINX_PATH ?? '.cache/programs/usr/sbin/nginx');
const JS_MODULE = resolve(process.env.NGINX_JS_MODULE ?? '.cache/programs/usr/lib/nginx/modules/ngx_http_js_module.so');

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

export async function openEdge(port, origin, env) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-nginx-'));
  await chmod(folder, 0o755);
  for (const name of ['run', 'cache']) await mkdir(join(folder, name));
  const values = {
    EDGE_JS_MODULE: JS_MODULE,
    EDGE_USER: userInfo().username,
    EDGE_RUN_DIR: join(folder, 'run'),
    EDGE_CACHE_DIR: join(folder, 'cache'),
    EDGE_CACHE_SIZE: '20g',
    EDGE_SCRIPTS_DIR: resolve('deploy'),
    EDGE_PORT: `127.0.0.1:${port}`,
    EDGE_LOOPBACK_PORT: String(await freePort()),
    EDGE_ORIGIN: new URL(origin).host,
    EDGE_ACCESS_LOG: 'off',
    EDGE_AHEAD_LOG: 'off',
  };
  const template = await readFile('deploy/nginx/nginx.conf.template', 'utf8');
  const conf = join(folder, 'nginx.conf');
  await writeFile(conf, template.replaceAll(/\$\{(EDGE_\w+)\}/g, (_, name) => values[name]));
  const child = spawn(NGINX, ['-p', folder, '-c', conf, '-g', 'daemon off;'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  process.once('exit', () => child.kill());
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${port}`).catch(() => undefined)); tries++) {
    if (tries > 100) throw new Error('nginx did not start');
    await sleep(50);
  }
  return async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
}
