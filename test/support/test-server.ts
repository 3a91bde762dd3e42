import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ApiClient } from '../../src/cli/api-client.js';
import { unusedRedisDatabase } from './redis-database.js';
import { tempDir } from './temp-dir.js';

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' };
const LISTENING = /listening on (http:\/\/[^\s"]+)/;

/** One process of the compiled server, started and ended by a test. */
export class TestServer {
  readonly lines: string[] = [];
  url: string;

  private constructor(
    readonly child: ChildProcess,
    readonly dataDir: string,
  ) {}

  /** `script` below dist/; `env` overrides. */
  static async start(
    env: Record<string, string> = {},
    script = 'main.js',
    dataDir = tempDir('server'),
  ): Promise<TestServer> {
    const child = spawn(process.execPath, [join(process.env.DIST_DIR ?? 'dist', script)], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        ...(await servicesOf(dataDir)),
        PORT: '0',
        WORKER_PORT: '0',
        HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        LOG_FORMAT: 'json',
        MIN_FREE_DISK_BYTES: '0',
        SHUTDOWN_DRAIN_SECONDS: '0',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const server = new TestServer(child, dataDir);
    server.url = await new Promise<string>((resolve, reject) => {
      const fail = () =>
        reject(new Error(`the server did not start:\n${server.lines.slice(-15).join('\n')}`));
      const timer = setTimeout(fail, 200_000);
      child.once('exit', () => (clearTimeout(timer), fail()));
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream! }).on('line', (line) => {
          server.lines.push(line);
          const url = LISTENING.exec(line)?.[1];
          if (url) resolve((clearTimeout(timer), url));
        });
      }
    });
    return server;
  }

  /** A client that has signed in as the administrator. */
  async admin(): Promise<ApiClient> {
    const client = new ApiClient(this.url);
    await client.login(ADMIN.email, ADMIN.password);
    return client;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Stops the server as Ctrl-C does. */
  async close(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** Kills the process, as a power cut would; the data folder stays. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }
}

const services = new Map<string, Promise<Record<string, string>>>();

/**
 * With MONGODB_URI and REDIS_URL the suite runs against those servers. Every data folder has databases of its own, so a
 * server that is started again on its folder finds its data.
 */
function servicesOf(folder: string): Promise<Record<string, string>> {
  const known = services.get(folder) ?? dedicatedServices();
  services.set(folder, known);
  return known;
}

async function dedicatedServices(): Promise<Record<string, string>> {
  const { MONGODB_URI, REDIS_URL } = process.env;
  const env: Record<string, string> = {};
  if (MONGODB_URI) {
    const pathname = `/server-${randomBytes(6).toString('hex')}`;
    env['MONGODB_URI'] = Object.assign(new URL(MONGODB_URI), { pathname }).href;
  }
  if (REDIS_URL) env['REDIS_URL'] = await unusedRedisDatabase(REDIS_URL);
  return env;
}
