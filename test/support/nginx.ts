import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { renderEdge } from '../../deploy/nginx/render.mjs';
import { eventuallyPasses } from './eventually.js';
import { NGINX, NGINX_JS_MODULE } from './programs.js';
import { tempDir } from './temp-dir.js';

/** The edge of deploy/nginx, started and ended by a test from the template that the container uses. */
export class NginxEdge {
  private child: ChildProcess;
  private readonly said: string[] = [];

  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly args: string[],
    private readonly env: Record<string, string>,
  ) {}

  /** `origin`: URL of a server. `env`: the container's environment. `at`: a port that is known beforehand. */
  static async open(origin: string, env: Record<string, string> = {}, at?: number): Promise<NginxEdge> {
    const folder = tempDir('edge');
    const [free, loopbackPort] = (await freePorts()) as [number, number];
    const port = at ?? free;
    const args = await renderEdge({
      folder,
      origin,
      port,
      loopbackPort,
      jsModule: NGINX_JS_MODULE,
      accessLog: `${join(folder, 'access.log')} edge buffer=64k flush=1s`,
      aheadLog: `${join(folder, 'ahead.log')} edge buffer=64k flush=1s`,
    });
    const edge = new NginxEdge(`http://127.0.0.1:${port}`, folder, args, env);
    await edge.start();
    return edge;
  }

  /** Everything that nginx wrote to standard error. */
  get complaints(): string {
    return this.said.join('');
  }

  async close(): Promise<void> {
    await this.stop();
  }

  /** Restarts nginx with its existing cache and a changed environment. */
  async restart(env: Record<string, string>): Promise<void> {
    await this.stop();
    Object.assign(this.env, env);
    await this.start();
  }

  private async start(): Promise<void> {
    this.child = spawn(NGINX, this.args, { env: this.env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.child.stderr!.on('data', (text) => this.said.push(String(text)));
    await eventuallyPasses(async () => {
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

/** Two free ports. Both are held at the same time, so that they differ. */
async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()];
  await Promise.all(servers.map((server) => once(server.listen(0, '127.0.0.1'), 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
