/** The edge of deploy/nginx with an empty cache. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { renderEdge } from '../../deploy/nginx/render.mjs';

const NGINX = resolve(process.env.NGINX_PATH ?? '.cache/programs/usr/sbin/nginx');
const JS_MODULE = resolve(process.env.NGINX_JS_MODULE ?? '.cache/programs/usr/lib/nginx/modules/ngx_http_js_module.so');

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}

/** `complaints` counts the lines of nginx's error log; the first ones are printed. */
export async function openEdge(port, origin, env) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-nginx-'));
  const loopbackPort = await freePort();
  const args = await renderEdge({ folder, origin, port, loopbackPort, jsModule: JS_MODULE, cacheSize: '20g' });
  const child = spawn(NGINX, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  process.once('exit', () => child.kill());
  const edge = { complaints: 0, close };
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (edge.complaints++ < 5) console.error(line);
  });
  for (let tries = 0; !(await fetch(`http://127.0.0.1:${port}`).catch(() => undefined)); tries++) {
    if (tries > 100) throw new Error('nginx did not start');
    await sleep(50);
  }
  return edge;

  async function close() {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
}
