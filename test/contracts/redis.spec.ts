import { once } from 'node:events';
import Bull from 'bull';
import { redisStore } from 'cache-manager-redis-store';
import { Redis } from 'ioredis';
import { eventuallyPasses } from '../support/eventually.js';
import { RedisServer } from '../support/redis-server.js';

/** What src relies on inside the libraries that speak to Redis (docs/upgrading-dependencies.md). */
let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await RedisServer.create();
  await server.start();
  redis = await server.control();
});
afterAll(async () => {
  redis.disconnect();
  await server.remove();
});

describe('Bull', () => {
  let queue: Bull.Queue & { updateDelayTimer(): Promise<void> };
  let clients: Redis[];

  beforeEach(() => {
    clients = [];
    queue = new Bull('contract', {
      createClient: () => {
        const client = new Redis(server.url, { maxRetriesPerRequest: null, enableReadyCheck: false });
        clients.push(client);
        return client;
      },
      settings: { guardInterval: 600_000 },
    }) as typeof queue;
  });
  afterEach(async () => {
    await queue.close();
    clients.forEach((client) => client.disconnect());
    await redis.flushall();
  });
  const key = (name: string) => queue.toKey(name);

  it('keeps jobs under the keys that the queue reads: wait, active, delayed, failed, the id and its lock', async () => {
    await queue.add({}, { jobId: 'first' });
    const later = await queue.add({}, { jobId: 'later', delay: 60_000 });
    expect(await redis.lrange(key('wait'), 0, -1)).toEqual(['first']);
    expect(await redis.exists(key('first'))).toBe(1);
    const due = Number(await redis.zscore(key('delayed'), 'later'));
    expect(Math.floor(due / 0x1000)).toBe(later.timestamp + 60_000);
    let during: unknown;
    void queue.process(async () => {
      during = [await redis.lrange(key('active'), 0, -1), await redis.exists(key('first:lock'))];
      throw new Error('failed on purpose');
    });
    await once(queue, 'failed');
    expect(during).toEqual([['first'], 1]);
    expect(await redis.zrange(key('failed'), 0, -1)).toEqual(['first']);
  });

  it('looks for due jobs when `updateDelayTimer` is called', async () => {
    await queue.add({}, { jobId: 'overdue', delay: 600_000 });
    await redis.zadd(key('delayed'), (Date.now() - 1_000) * 0x1000, 'overdue');
    await queue.updateDelayTimer();
    await eventuallyPasses(async () => expect(await redis.lrange(key('wait'), 0, -1)).toEqual(['overdue']));
  });

  it('refuses clients with a ready check when it gets them, not later', () => {
    const refused = new Bull('refused', {
      createClient: () => {
        const client = new Redis(server.url, { maxRetriesPerRequest: null, enableReadyCheck: true });
        clients.push(client);
        return client;
      },
    });
    expect(() => Reflect.get(refused, 'bclient')).toThrow(/enableReadyCheck/);
    expect(() => Reflect.get(refused, 'eclient')).toThrow(/enableReadyCheck/);
  });
});

describe('ioredis', () => {
  it('sends every command by `sendCommand`, whose result is the caller’s', async () => {
    const sent: unknown[] = [];
    class Recording extends Redis {
      override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
        const reply = super.sendCommand(command, stream);
        command.promise
          .then((value: unknown) => sent.push([command.name, command.args, value]))
          .catch(() => {});
        return command.name === 'get' ? Promise.resolve('ours') : reply;
      }
    }
    const client = new Recording(server.url, { enableReadyCheck: false });
    await once(client, 'ready');
    await client.set('a', '1');
    expect(await client.get('a')).toBe('ours');
    await client.mset({ b: '2' });
    expect(sent).toEqual([
      ['set', ['a', '1'], 'OK'],
      ['get', ['a'], '1'],
      ['mset', ['b', '2'], 'OK'],
    ]);
    client.disconnect();
  });

  it('reads `enableReadyCheck` when it connects', async () => {
    const infos = async () =>
      Number(/cmdstat_info:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1] ?? 0);
    await infos();
    const before = await infos();
    const client = new Redis(server.url, { enableReadyCheck: false, lazyConnect: true });
    client.options.enableReadyCheck = true;
    await client.connect();
    // One is the counting itself.
    expect((await infos()) - before).toBe(2);
    client.disconnect();
  });
});

describe('cache-manager-redis-store', () => {
  it('stores JSON that expires, and gives its client', async () => {
    const store = await redisStore({ url: server.url, disableOfflineQueue: true });
    const client = store.getClient();
    expect(client.isReady).toBe(true);
    await store.set('contract:a', { x: 1 }, { ttl: 50 }, undefined);
    await store.mset('contract:b', 1, 'contract:c', [2], { ttl: 50 });
    expect(await redis.get('contract:a')).toBe('{"x":1}');
    expect(await redis.ttl('contract:c')).toBeGreaterThan(40);
    const found: unknown[] = await store.mget('contract:a', 'contract:none', 'contract:c');
    expect(found.map((value) => value ?? undefined)).toEqual([{ x: 1 }, undefined, [2]]);
    const page = await client.scan(0, { MATCH: 'contract:*', COUNT: 500 });
    expect(page.cursor).toBe(0);
    expect(page.keys.toSorted()).toEqual(['contract:a', 'contract:b', 'contract:c']);
    expect(await client.unlink(page.keys)).toBe(3);
    await client.disconnect();
  });
});
