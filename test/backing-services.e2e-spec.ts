import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { eventuallyPasses } from './support/eventually.js';
import { isRunning, listenerOn } from './support/processes.js';
import { startProgram } from './support/program.js';
import { tempDir } from './support/temp-dir.js';

let folder: string;
let servers: ChildProcess[] = [];

beforeEach(async () => {
  folder = tempDir('services spec');
});

afterEach(async () => {
  await Promise.all(servers.map((one) => end(one, 'SIGKILL')));
  servers = [];
});

describe('a server without configured backing services', () => {
  it('starts a database and a Redis that never evicts keys', async () => {
    const { mongodbUri, redisUrl } = await opened(bootstrap());
    expect(await isListening(mongodbUri)).toBe(true);
    expect(await ask(redisUrl, (redis) => redis.config('GET', 'maxmemory-policy'))).toEqual([
      'maxmemory-policy',
      'noeviction',
    ]);
  });

  it('starts a Redis that refuses clients without the password', async () => {
    const { redisUrl } = await opened(bootstrap(REDIS_ONLY));
    const stranger = redisUrl.replace(/:[^:@]+@/, '');
    await expect(ask(stranger, (redis) => redis.get('x'))).rejects.toThrow('NOAUTH');
  });

  it('stops both when it stops, and finds their data at the next start', async () => {
    const server = bootstrap();
    const { mongodbUri, redisUrl } = await opened(server);
    await ask(redisUrl, (redis) => redis.set('kept', 'yes'));
    expect(await end(server, 'SIGTERM')).toBe(0);
    expect(await isListening(mongodbUri)).toBe(false);
    expect(await isListening(redisUrl)).toBe(false);
    const next = await opened(bootstrap());
    expect(await ask(next.redisUrl, (redis) => redis.get('kept'))).toBe('yes');
  });

  it('takes both down even when it is killed, and can be started again at once', async () => {
    const server = bootstrap();
    const { mongodbUri, redisUrl } = await opened(server);
    await end(server, 'SIGKILL');
    await opened(bootstrap());
    await eventuallyPasses(async () => {
      expect([await isListening(mongodbUri), await isListening(redisUrl)]).toEqual([false, false]);
    });
  });

  it('keeps both running while it closes after Ctrl-C, which a terminal sends to the whole process group', async () => {
    const server = bootstrap({ closingMs: 600 }, { detached: true });
    const { mongodbUri, redisUrl } = await opened(server);
    process.kill(-server.pid!, 'SIGINT');
    await sleep(300);
    expect(await ask(redisUrl, (redis) => redis.ping())).toBe('PONG');
    expect(await isListening(mongodbUri)).toBe(true);
    const [code] = (await once(server, 'exit')) as [number];
    expect(code).toBe(0);
    expect(await isListening(redisUrl)).toBe(false);
  });

  it.each(['redis', 'database'])('restarts its %s on the same address when it dies', async (service) => {
    const { mongodbUri, redisUrl } = await opened(bootstrap());
    const address = service === 'redis' ? redisUrl : mongodbUri;
    process.kill(await listenerOn(portOf(address)), 'SIGKILL');
    await eventuallyPasses(async () => expect(await isListening(address)).toBe(false));
    await eventuallyPasses(async () => expect(await isListening(address)).toBe(true));
  });
});

describe('a data folder', () => {
  it('in use makes a second server exit with one sentence', async () => {
    await opened(bootstrap(REDIS_ONLY));
    const second = bootstrap(REDIS_ONLY);
    expect(await refusal(second)).toMatch(
      /^The data folder .+ is in use by process \d+ on .+: stop that one, .+\.$/,
    );
    expect(second.exitCode).toBe(1);
  });

  it('with a stale lock is taken by exactly one of two servers that start at once', async () => {
    const first = bootstrap(REDIS_ONLY);
    await opened(first);
    await end(first, 'SIGKILL');
    const both = await Promise.allSettled([opened(bootstrap(REDIS_ONLY)), opened(bootstrap(REDIS_ONLY))]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('with a Redis that an earlier server left running gets a new Redis instead', async () => {
    await end(await startedServer(REDIS_ONLY), 'SIGTERM');
    const leftover = spawn('redis-server', ['redis.conf'], { cwd: join(folder, 'redis'), stdio: 'ignore' });
    const gone = once(leftover, 'exit');
    await eventuallyPasses(() => readFile(join(folder, 'redis', 'redis.pid')));
    const { redisUrl } = await opened(bootstrap(REDIS_ONLY));
    await gone;
    expect(await ask(redisUrl, (redis) => redis.ping())).toBe('PONG');
  });
});

it('a server without redis-server exits and says what to run', async () => {
  const server = bootstrap(REDIS_ONLY, { env: { PATH: folder } });
  expect(await refusal(server)).toMatch(/^redis-server is not installed: run bin\/setup, or .+\.$/);
});

it('a child process dies with its parent through a pipe where the kernel has no death signal', async () => {
  const server = run('piped-child');
  const [{ leader }] = (await once(server, 'message')) as [{ leader: number }];
  expect(isRunning(-leader)).toBe(true);
  await end(server, 'SIGKILL');
  await eventuallyPasses(() => expect(isRunning(-leader)).toBe(false));
});

// ---------------------------------------------------------------------------------------------------------------------

interface Urls {
  mongodbUri: string;
  redisUrl: string;
}

const REDIS_ONLY = { MONGODB_URI: 'mongodb://127.0.0.1:9/elsewhere' };

/** Starts and stops the compiled backing services as main.ts does. */
function bootstrap(settings: Record<string, unknown> = {}, options: SpawnOptions = {}): ChildProcess {
  const { closingMs = 0, ...env } = settings;
  return run('backing-services', JSON.stringify({ env: { DATA_DIR: folder, ...env }, closingMs }), options);
}

function run(program: string, argument = '', options: SpawnOptions = {}): ChildProcess {
  const server = startProgram(program, [argument], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...options,
  });
  createInterface({ input: server.stderr! }).on(
    'line',
    (line) => /Error/.test(line) && process.stderr.write(line),
  );
  servers.push(server);
  return server;
}

async function opened(server: ChildProcess): Promise<Urls> {
  const silent = once(server, 'exit').then(() => [{ refused: 'it ended without a word' }]);
  const [message] = (await Promise.race([once(server, 'message'), silent])) as [
    { opened?: Urls; refused?: string },
  ];
  if (!message.opened) throw new Error(message.refused);
  return message.opened;
}

async function startedServer(settings: Record<string, unknown>): Promise<ChildProcess> {
  const server = bootstrap(settings);
  await opened(server);
  return server;
}

/** The error message of a server that did not start; resolves when it has ended. */
async function refusal(server: ChildProcess): Promise<string> {
  const ended = once(server, 'exit');
  const [message] = (await once(server, 'message')) as [{ refused?: string }];
  if (message.refused === undefined) throw new Error('it opened');
  await ended;
  return message.refused;
}

async function end(program: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (program.exitCode === null && program.signalCode === null) {
    const gone = once(program, 'exit');
    program.kill(signal);
    await gone;
  }
  return program.exitCode;
}

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function isListening(url: string): Promise<boolean> {
  const socket = connect(portOf(url), '127.0.0.1');
  return once(socket, 'connect').then(
    () => Boolean(socket.destroy()),
    () => false,
  );
}
