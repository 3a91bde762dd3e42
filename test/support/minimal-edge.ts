import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { eventuallyPasses } from './eventually.js';
import { NGINX } from './programs.js';
import { tempDir } from './temp-dir.js';

const CACHED = 'proxy_cache media; add_header X-Cache-Status $upstream_cache_status always;';

/** Directives of an nginx location before the media endpoint: a correct edge, and edges with one mistake each. */
export const EDGES = {
  right: CACHED,
  withoutCache: '',
  wrongTypes: `${CACHED} proxy_hide_header Content-Type; add_header Content-Type text/plain;`,
  withoutCors: `${CACHED} proxy_hide_header Access-Control-Allow-Origin;`,
  withoutRanges: `${CACHED} max_ranges 0;`,
  keepsErrors: `${CACHED} proxy_ignore_headers Cache-Control; proxy_cache_valid any 10m;`,
  uncompressed: `${CACHED} proxy_set_header Accept-Encoding "";`,
  setsCookies: `${CACHED} add_header Set-Cookie visitor=1;`,
  forgetsSoon: `${CACHED} proxy_hide_header Cache-Control; add_header Cache-Control max-age=60;`,
  errorsAsPages: `${CACHED} proxy_intercept_errors on; error_page 404 =200 /sorry;`,
} as const;

/** A real nginx before a server, on a port that stays the same while its configuration changes. */
export class MinimalEdge {
  private child?: ChildProcess;
  private folder?: string;
  origin = 'http://127.0.0.1:1';

  private constructor(readonly port: number) {}

  static async reserve(): Promise<MinimalEdge> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return new MinimalEdge(port);
  }

  get cdnBaseUrl(): string {
    return `http://127.0.0.1:${this.port}/media`;
  }

  /** Replaces the configuration and empties the cache. */
  async configure(location: string): Promise<void> {
    await this.close();
    this.folder = tempDir('little-edge');
    await mkdir(join(this.folder, 'temp'));
    await writeFile(join(this.folder, 'nginx.conf'), this.config(this.folder, location));
    this.child = spawn(
      NGINX,
      ['-p', this.folder, '-c', join(this.folder, 'nginx.conf'), '-g', 'daemon off;'],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    await eventuallyPasses(async () =>
      expect((await fetch(`http://127.0.0.1:${this.port}/sorry`)).status).toBe(200),
    );
  }

  /** Media paths requested since the last `configure`. */
  async asked(): Promise<string[]> {
    const lines = (await readFile(join(this.folder!, 'access.log'), 'utf8')).split('\n');
    return lines.filter((path) => path.startsWith('/media/'));
  }

  async close(): Promise<void> {
    if (this.child && this.child.exitCode === null) {
      const gone = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await gone;
    }
  }

  private config(folder: string, location: string): string {
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/temp/${name};`,
    );
    return `
user ${userInfo().username};
worker_processes 1;
pid ${folder}/pid;
error_log stderr crit;
events {}
http {
  ${temp.join('\n  ')}
  log_format path '$uri';
  access_log ${folder}/access.log path;
  proxy_cache_path ${folder}/cache keys_zone=media:1m;
  server {
    listen 127.0.0.1:${this.port};
    location = /sorry { default_type text/html; return 200 'sorry'; }
    location /media/ { proxy_pass ${this.origin}; ${location} }
  }
}`;
  }
}
