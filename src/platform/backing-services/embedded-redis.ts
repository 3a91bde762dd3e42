import { spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { every, IMMEDIATELY, retry } from '../async/retry.js';
import { openPrivateFolder } from '../files/private-folder.js';
import { SupervisedChild, type ChildPlan } from './supervised-child.js';
import { StartupError } from './startup-error.js';
import { spawnTiedToParent } from './die-with-parent.js';
import { stopOrphanedRedis } from './stop-orphaned-redis.js';
import { redisConf } from './redis-conf.js';

/** Another process may take a port after it was found to be free. */
const PORTS = {
  ...IMMEDIATELY,
  attempts: 5,
  isTransient: (error: unknown) => /address already in use/i.test((error as Error).message),
};
const READY_POLL_MS = 30;

/** Starts redis-server as a child process with its data in `folder`. The caller must hold the DataDirLock. */
export async function startEmbeddedRedis(folder: string): Promise<{ url: string; child: SupervisedChild }> {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).error) {
    throw new StartupError(
      'redis-server is not installed: run bin/setup, or set REDIS_URL to a Redis of yours.',
    );
  }
  await openPrivateFolder(folder);
  return retry(async () => {
    const plan = new RedisPlan(folder, await freePort(), randomBytes(24).toString('base64url'));
    return { url: plan.url, child: await SupervisedChild.start(plan) };
  }, PORTS);
}

class RedisPlan implements ChildPlan {
  readonly name = 'Embedded Redis';

  constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly password: string,
  ) {}

  get url(): string {
    return `redis://:${this.password}@127.0.0.1:${this.port}`;
  }

  async launch(): Promise<ChildProcess> {
    await stopOrphanedRedis(this.folder);
    const conf = redisConf({ port: this.port, password: this.password });
    // In a file that only its owner can read, because every user can read command lines.
    await writeFile(join(this.folder, 'redis.conf'), conf, { mode: 0o600 });
    return spawnTiedToParent('redis-server', ['redis.conf'], this.folder);
  }

  async ready(_child: ChildProcess, given: AbortSignal): Promise<void> {
    await retry(() => assertAnswers(this.url), { ...every(READY_POLL_MS), signal: given });
  }
}

/** Connects with our password, so that another Redis on that port is not mistaken for this one. */
async function assertAnswers(url: string): Promise<void> {
  const probe = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 500,
    commandTimeout: 500,
    disconnectTimeout: 50,
  });
  probe.on('error', () => undefined);
  try {
    await probe.connect();
    await probe.ping();
  } finally {
    probe.disconnect();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
