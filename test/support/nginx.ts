import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from './eventually.js';
import { NGINX, NGINX_JS_MODULE } from './programs.js';

const DEPLOY = resolve('deploy');

/** The edge of deploy/nginx, started and ended by a test: the same template the container fills in. */
export class NginxEdge {
  url: string;
  private child: ChildProcess;
  private readonly said: string[] = [];

  private constructor(
    readonly folder: string,
    private readonly values: Record<string, string>,
    private readonly env: Record<string, string>,
  ) {}

  /** `origin`: URL of a house. `env`: what the container's environment would say. */
  static async open(origin: string, env: Record<string, string> = {}): Promise<NginxEdge> {
    const folder = await mkdtemp(join(tmpdir(), 'edge-'));
    await chmod(folder, 0o755);
    for (const name of ['cache', 'run']) await mkdir(join(folder, name));
    const [port, loopback] = await freePorts();
    const edge = new NginxEdge(
      folder,
      {
        EDGE_JS_MODULE: NGINX_JS_MODULE,
        EDGE_USER: userInfo().username,
        EDGE_RUN_DIR: join(folder, 'run'),
        EDGE_CACHE_DIR: join(folder, 'cache'),
        EDGE_CACHE_SIZE: '8g',
        EDGE_SCRIPTS_DIR: DEPLOY,
        EDGE_PORT: `127.0.0.1:${port}`,
        EDGE_LOOPBACK_PORT: String(loopback),
        EDGE_ORIGIN: new URL(origin).host,
        EDGE_ACCESS_LOG: `${join(folder, 'access.log')} edge buffer=64k flush=1s`,
        EDGE_AHEAD_LOG: `${join(folder, 'ahead.log')} edge buffer=64k flush=1s`,
      },
      env,
    );
    edge.url = `http://127.0.0.1:${port}`;
    await edge.start();
    return edge;
  }

  /** Everything nginx has complained of. */
  get complaints(): string {
    return this.said.join('');
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Ends it and starts it again over the cache it has, as an operator does who changes its environment. */
  async restart(env: Record<string, string>): Promise<void> {
    await this.stop();
    Object.assign(this.env, env);
    await this.start();
  }

  private async start(): Promise<void> {
    const conf = join(this.folder, 'nginx.conf');
    await writeFile(conf, await rendered(this.values));
    this.child = spawn(NGINX, ['-p', this.folder, '-c', conf, '-g', 'daemon off;'], {
      env: this.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr!.on('data', (text) => this.said.push(String(text)));
    await eventually(async () => {
      if (this.child.exitCode !== null) throw new Error(`nginx did not start: ${this.complaints}`);
      expect((await fetch(this.url)).status).toBe(404);
    });
  }

  private async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

/** Fills in the template as the official image's start-up script (envsubst) does. */
async function rendered(values: Record<string, string>): Promise<string> {
  const template = await readFile(join(DEPLOY, 'nginx/nginx.conf.template'), 'utf8');
  return template.replaceAll(/\$\{(EDGE_\w+)\}/g, (_, name: string) => {
    if (values[name] === undefined) throw new Error(`nothing is known of ${name}`);
    return values[name];
  });
}

/** Two that nobody listens on. Held together, so that they differ. */
async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
