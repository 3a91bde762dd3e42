import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { eventuallyPasses } from './eventually.js';
import { freePort } from './free-port.js';
import { NGINX } from './programs.js';
import { tempDir } from './temp-dir.js';

/** The nginx directives that docs/operations.md recommends. */
const RECOMMENDED = [
  'proxy_http_version 1.1;',
  'proxy_set_header Upgrade $http_upgrade;',
  'proxy_set_header Connection $connection_upgrade;',
  'proxy_set_header Host $http_host;',
  'proxy_request_buffering off;',
];

/** A real nginx that distributes requests to several servers in turn, as docs/operations.md describes. */
export class LoadBalancer {
  /** Lines of nginx's error log. */
  readonly complaints: string[] = [];

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /** `servers`: URLs of the servers behind it. `proxy`: nginx's directives for asking them; [] leaves its defaults. */
  static async open(servers: readonly string[], proxy = RECOMMENDED): Promise<LoadBalancer> {
    const folder = tempDir('load-balancer');
    await mkdir(join(folder, 'logs'));
    const port = await freePort();
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, port, servers, proxy));
    const child = spawn(NGINX, ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const url = `http://127.0.0.1:${port}`;
    const balancer = new LoadBalancer(url, child, folder);
    child.stderr.on('data', (bytes: Buffer) => balancer.complaints.push(...String(bytes).trim().split('\n')));
    await eventuallyPasses(() => fetch(`${url}/health/live`));
    return balancer;
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

function configuration(
  folder: string,
  port: number,
  servers: readonly string[],
  proxy: readonly string[],
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
daemon off;
user ${userInfo().username};
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  client_max_body_size 0;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream api {
    ${servers.map((server) => `server ${new URL(server).host} max_fails=1 fail_timeout=1s;`).join('\n    ')}
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://api;
      ${proxy.join('\n      ')}
    }
  }
}
`;
}
