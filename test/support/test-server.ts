import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ApiClient } from '../../src/cli/api-client.js';
import { ServerProcess } from '../../src/cli/server-process.js';
import { unusedRedisDatabase } from './redis-database.js';
import { tempDir } from './temp-dir.js';

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery' };

/** One process of the compiled server, started and ended by a test. */
export class TestServer {
  readonly url: string;

  private constructor(
    private readonly server: ServerProcess,
    readonly dataDir: string,
  ) {
    this.url = server.url;
  }

  /** `script` below dist/; `env` overrides. */
  static async start(
    env: Record<string, string> = {},
    script = 'main.js',
    dataDir = tempDir('server'),
  ): Promise<TestServer> {
    const server = await ServerProcess.start(join(process.env.DIST_DIR ?? 'dist', script), {
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
      limitMs: 200_000,
      keptLines: Number.POSITIVE_INFINITY,
    });
    return new TestServer(server, dataDir);
  }

  /** A client that has signed in as the administrator. */
  async admin(): Promise<ApiClient> {
    const client = new ApiClient(this.url);
    await client.login(ADMIN.email, ADMIN.password);
    return client;
  }

  get child(): ChildProcess {
    return this.server.child;
  }

  get pid(): number {
    return this.server.pid;
  }

  /** What the server has printed. */
  get lines(): string[] {
    return this.server.lines;
  }

  /** Stops the server as Ctrl-C does. */
  async close(): Promise<void> {
    await this.server.end();
  }

  /** Kills the process, as a power cut would; the data folder stays. */
  async kill(): Promise<void> {
    await this.server.end('SIGKILL');
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
