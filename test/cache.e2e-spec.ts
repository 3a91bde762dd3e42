import { setTimeout as sleep } from 'node:timers/promises';
import { NotFoundError } from '../src/platform/errors/domain-error.js';
import { RedisCacheStore } from '../src/platform/cache/redis-cache-store.js';
import { CacheProcess, FakeDatabase } from './support/cache-process.js';
import { eventuallyPasses } from './support/eventually.js';
import { RedisServer } from './support/redis-server.js';

let redis: RedisServer;
let processes: CacheProcess[] = [];

beforeEach(async () => {
  redis = await RedisServer.create();
  await redis.start();
});

afterEach(async () => {
  await Promise.all(processes.map((one) => one.close()));
  processes = [];
  await redis.remove();
});

describe('a cached result', () => {
  it('is loaded once for many concurrent requests', async () => {
    const { cache } = await server();
    const truth = new FakeDatabase('first');
    const answers = await Promise.all(Array.from({ length: 50 }, () => cache.get('song', truth.load)));
    expect(answers.every((answer) => answer === answers[0])).toBe(true);
    expect(truth.loads).toBe(1);
  });

  it('costs no Redis command while it is in the memory of the process', async () => {
    const { cache } = await server();
    await cache.get('song', new FakeDatabase('first').load);
    await redis.settled();
    const before = await redis.commandsProcessed();
    for (let i = 0; i < 100; i += 1) await cache.get('song', unexpectedLoad);
    // Only the INFO command itself was counted.
    expect((await redis.commandsProcessed()) - before).toBe(1);
  });

  it('is found in Redis by a process that has never loaded it', async () => {
    const [a, b] = [await server(), await server()];
    await a.cache.get('song', new FakeDatabase('first').load);
    await redis.eventuallyHolds('cache:answer:song');
    expect(await b.cache.get('song', unexpectedLoad)).toEqual({ title: 'first' });
    expect(await b.lookups()).toEqual({ redis: 1 });
  });

  it('stays in Redis for ten minutes', async () => {
    const { cache } = await server();
    await cache.get('song', new FakeDatabase('first').load);
    await redis.eventuallyHolds('cache:answer:song');
    const ttl = await redis.ask((client) => client.pttl('cache:answer:song'));
    expect(ttl).toBeGreaterThan(595_000);
    expect(ttl).toBeLessThanOrEqual(600_000);
  });

  it('is the same frozen JSON when loaded and when cached', async () => {
    const { cache } = await server();
    const load = async () => ({ at: new Date(0), list: [1] });
    const first = await cache.get('song', load);
    expect(first).toEqual({ at: '1970-01-01T00:00:00.000Z', list: [1] });
    expect(Object.isFrozen(first.list)).toBe(true);
    expect(await cache.get('song', load)).toBe(first);
  });
});

describe('a result that is not cached', () => {
  it('is an error, which all waiting requests receive', async () => {
    const { cache } = await server();
    const load = async () => Promise.reject(new NotFoundError('Song', '1'));
    const outcomes = await Promise.allSettled([cache.get('song', load), cache.get('song', load)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await cache.get('song', new FakeDatabase('there now').load)).toEqual({ title: 'there now' });
  });

  it('is an absent value', async () => {
    const { cache } = await server();
    expect(await cache.get('song', async () => null)).toBeNull();
    expect(await cache.get('song', new FakeDatabase('there now').load)).toEqual({ title: 'there now' });
  });
});

describe('an invalidation', () => {
  it('reaches every process', async () => {
    const [a, b] = [await server(), await server()];
    const truth = new FakeDatabase('old');
    await a.cache.get('song', truth.load);
    await b.cache.get('song', truth.load);
    truth.title = 'new';
    await a.cache.invalidate('song');
    await getsNew(b, truth);
    expect(await a.cache.get('song', truth.load)).toEqual({ title: 'new' });
  });

  it.each(['this', 'another'])(
    'overtakes a load under way on %s process, which is then stored nowhere',
    async (where) => {
      const [a, b] = [await server(), await server()];
      const loader = where === 'this' ? a : b;
      const truth = new FakeDatabase('old');
      const finishLoad = truth.holdBack();
      const waiting = loader.cache.get('song', truth.load);
      await truth.asked();
      truth.title = 'new';
      await a.cache.invalidate('song');
      await sleep(20);
      finishLoad();
      expect(await waiting).toEqual({ title: 'old' });
      await redis.settled();
      expect(await loader.cache.get('song', truth.load)).toEqual({ title: 'new' });
      expect(await (await server()).cache.get('song', truth.load)).toEqual({ title: 'new' });
    },
  );

  it('is not lost to a load that began before it', async () => {
    const { cache } = await server();
    const truth = new FakeDatabase('old');
    const finishLoad = truth.holdBack();
    const early = cache.get('song', truth.load);
    await truth.asked();
    truth.title = 'new';
    await cache.invalidate('song');
    const late = cache.get('song', truth.load);
    finishLoad();
    expect([await early, await late]).toEqual([{ title: 'old' }, { title: 'new' }]);
  });

  it('makes an old result invalid even if it is written to Redis afterwards', async () => {
    const [a, b] = [await server(), await server()];
    await a.cache.get('song', new FakeDatabase('old').load);
    await redis.eventuallyHolds('cache:answer:song');
    const old = (await redis.ask((client) => client.get('cache:answer:song')))!;
    await a.cache.invalidate('song');
    await redis.ask((client) => client.set('cache:answer:song', old));
    expect(await b.cache.get('song', new FakeDatabase('new').load)).toEqual({ title: 'new' });
  });
});

describe('the cache without Redis', () => {
  it('returns results of the loader at once, one load for all concurrent requests', async () => {
    const { cache } = await server();
    await redis.kill();
    const truth = new FakeDatabase('first');
    const began = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => cache.get('song', truth.load)));
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(truth.loads).toBe(1);
  });

  it('can be started, and uses Redis when it comes up', async () => {
    await redis.kill();
    const a = await server({ connected: false });
    expect(await a.cache.get('song', new FakeDatabase('first').load)).toEqual({ title: 'first' });
    await redis.start();
    await a.subscribed();
    await a.cache.get('another song', new FakeDatabase('second').load);
    await redis.eventuallyHolds('cache:answer:another song');
  });

  it('serves a result for at most 1 s after another process invalidated it', async () => {
    const [a, b] = [await server(), await server()];
    const truth = new FakeDatabase('old');
    await b.cache.get('song', truth.load);
    await redis.kill();
    truth.title = 'new';
    await a.cache.invalidate('song');
    expect(await a.cache.get('song', truth.load)).toEqual({ title: 'new' });
    await sleep(1_000);
    expect(await b.cache.get('song', truth.load)).toEqual({ title: 'new' });
  });

  it('delivers missed invalidations as soon as Redis is back', async () => {
    const [a, b] = [await server(), await server()];
    await a.cache.get('song', new FakeDatabase('old').load);
    await redis.eventuallyHolds('cache:answer:song');
    await redis.kill();
    const began = performance.now();
    await a.cache.invalidate('song');
    expect(performance.now() - began).toBeLessThan(1_500);
    await redis.start();
    expect(await redis.ask((client) => client.exists('cache:answer:song'))).toBe(1);
    // This process does not serve the old result even before Redis has the invalidation.
    expect(await a.cache.get('song', new FakeDatabase('new').load)).toEqual({ title: 'new' });
    await redis.eventuallyHolds('cache:fence:song');
    await b.subscribed();
    expect(await b.cache.get('song', new FakeDatabase('new').load)).toEqual({ title: 'new' });
  });

  it('drops its memory when its subscription was cut', async () => {
    const [a, b] = [await server(), await server()];
    const truth = new FakeDatabase('old');
    await b.cache.get('song', truth.load);
    truth.title = 'new';
    await redis.ask((client) => client.client('KILL', 'TYPE', 'pubsub'));
    // Published before the process had the time to subscribe again.
    await a.cache.invalidate('song');
    // Long before the entry's minute in memory would end.
    await getsNew(b, truth);
  });
});

describe('the cache with a frozen Redis', () => {
  it('delays one result by a third of a second, then answers quickly', async () => {
    const { cache } = await server();
    redis.signal('SIGSTOP');
    const began = performance.now();
    await cache.get('song 1', new FakeDatabase('first').load);
    expect(performance.now() - began).toBeLessThan(1_500);
    const again = performance.now();
    await cache.get('song 2', new FakeDatabase('second').load);
    expect(performance.now() - again).toBeLessThan(250);
  });

  it('delivers invalidations to every process when Redis runs again', async () => {
    const [a, b] = [await server(), await server()];
    const truth = new FakeDatabase('old');
    await a.cache.get('song', truth.load);
    await b.cache.get('song', truth.load);
    redis.signal('SIGSTOP');
    truth.title = 'new';
    await a.cache.invalidate('song');
    expect(await a.cache.get('song', truth.load)).toEqual({ title: 'new' });
    redis.signal('SIGCONT');
    await getsNew(b, truth);
    expect(await (await server()).cache.get('song', truth.load)).toEqual({ title: 'new' });
  });
});

it('clearing the cache leaves other keys in Redis alone', async () => {
  const store = new RedisCacheStore({ url: redis.url, namespace: 'cache' });
  await eventuallyPasses(() => store.set('answer', 1, 60_000));
  await redis.ask((client) => client.set('bull:transcode:1', 'a job'));
  await store.clear();
  expect(await redis.ask((client) => client.keys('*'))).toEqual(['bull:transcode:1']);
  await store.close();
});

const getsNew = (one: CacheProcess, { load }: FakeDatabase) =>
  eventuallyPasses(async () => expect(await one.cache.get('song', load)).toEqual({ title: 'new' }));

const unexpectedLoad = async (): Promise<never> => Promise.reject(new Error('the loader was called'));

async function server({ connected = true } = {}): Promise<CacheProcess> {
  const one = new CacheProcess(redis.url);
  processes.push(one);
  if (connected) await one.subscribed();
  return one;
}
