import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { eventually } from './eventually.js';
import { NGINX } from './programs.js';
import { tempDir } from './temp-dir.js';

/** nginx before a server with nginx's defaults, which include a limit of 1 MB on request bodies. */
export async function openFrontProxy(origin: string): Promise<{ url: string; close: () => Promise<void> }> {
  const folder = tempDir('front-proxy');
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join(' ');
  await writeFile(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; worker_processes 1; pid ${join(folder, 'pid')}; error_log stderr crit;
     events {}
     http { access_log off; ${temporary}
       server { listen 127.0.0.1:${port};
         location / { proxy_pass ${origin}; proxy_set_header Host $http_host; proxy_http_version 1.1;
           proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } } }`,
  );
  const child = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/health/live`)).ok);
  const close = async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  return { url, close };
}
