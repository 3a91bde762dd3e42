import { join } from 'node:path';
import { EmbeddedDatabase } from '../../packages/embedded-mongo/test/support/embedded-mongo.js';
import { freePort } from '../support/free-port.js';
import { TestServer } from '../support/test-server.js';
import { RedisServer } from '../support/redis-server.js';
import { tempDir } from '../support/temp-dir.js';

/** Short timeouts, so that lost work is detected within seconds and twenty-five faults take minutes. */
const ALERT = {
  HEARTBEAT_TIMEOUT_SECONDS: '3',
  SWEEP_SECONDS: '1',
  TRANSCODE_BACKOFF_MS: '200',
  // Each killed worker uses up one attempt of the songs that it was processing.
  TRANSCODE_ATTEMPTS: '10',
};

/**
 * An API, a worker, the embedded database and Redis, each in a process of its own with a fixed port, so that each can
 * be killed, stopped and restarted alone.
 */
export class Installation {
  api: TestServer;
  worker: TestServer;

  private constructor(
    readonly database: EmbeddedDatabase,
    readonly redis: RedisServer,
    readonly dataDir: string,
    private readonly env: Record<string, string>,
  ) {}

  /** `env` overrides; `viaDatabase`, `viaRedis`: URLs of proxies. */
  static async open({
    dataDir = tempDir('fault'),
    env = {},
    viaDatabase = (uri: string) => uri,
    viaRedis = (url: string) => url,
    withWorker = true,
  }: {
    dataDir?: string;
    env?: Record<string, string>;
    viaDatabase?: (uri: string) => string | Promise<string>;
    viaRedis?: (url: string) => string | Promise<string>;
    withWorker?: boolean;
  } = {}): Promise<Installation> {
    const redis = await RedisServer.create();
    const [port, databasePort] = [await freePort(), await freePort()];
    const [database] = await Promise.all([
      EmbeddedDatabase.start('--port', String(databasePort)),
      redis.start(),
    ]);
    const settings = {
      ...ALERT,
      PORT: String(port),
      REDIS_URL: await viaRedis(redis.url),
      MONGODB_URI: await viaDatabase(database.uri),
      ...env,
    };
    const installation = new Installation(database, redis, dataDir, settings);
    await installation.openApi();
    if (withWorker) await installation.openWorker();
    return installation;
  }

  async openApi(): Promise<void> {
    this.api = await TestServer.start({ ...this.env, WORKER: 'none' }, 'main.js', this.dataDir);
  }

  async openWorker(env: Record<string, string> = {}): Promise<void> {
    this.worker = await TestServer.start({ ...this.env, ...env }, 'worker.js', this.dataDir);
  }

  /** Runs `work`; if it rejects, the error says what the processes logged last and whether the database answers. */
  async explained<T>(work: Promise<T>): Promise<T> {
    return work.catch(async (error: Error) => {
      const last = (lines: readonly string[] = []) => lines.slice(-40).join('\n');
      const answer = await this.database.client({ serverSelectionTimeoutMS: 2_000 }).then(
        () => 'answers',
        (failure: Error) => `does not answer: ${failure.message}`,
      );
      const parts = [
        error.message,
        `— database (${answer})`,
        last(this.database.output.split('\n')),
        '— API',
        last(this.api.lines),
        '— worker',
        last(this.worker?.lines),
      ];
      throw new Error(parts.join('\n'));
    });
  }

  async close(): Promise<void> {
    this.redis.signal('SIGCONT');
    await Promise.all([this.api?.close(), this.worker?.close()]);
    await Promise.all([this.redis.remove(), this.database.close()]);
  }
}
