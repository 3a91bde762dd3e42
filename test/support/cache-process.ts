import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { CacheMetrics } from '../../src/platform/cache/cache-metrics.js';
import { ReadThroughCache } from '../../src/platform/cache/read-through-cache.service.js';
import { RedisClient } from '../../src/platform/cache/redis-client.service.js';
import { eventuallyPasses } from './eventually.js';

/** Stands for the database: holds one title, counts its loads and can delay them. */
export class FakeDatabase {
  loads = 0;
  private gate: Promise<void> = Promise.resolve();

  constructor(public title: string) {}

  readonly load = async (): Promise<{ title: string }> => {
    this.loads += 1;
    const { title } = this;
    await this.gate;
    return { title };
  };

  /** Loads that start from now on finish when the returned function is called. */
  holdBack(): () => void {
    let finish = () => {};
    this.gate = new Promise((resolve) => (finish = resolve));
    return finish;
  }

  async asked(): Promise<void> {
    while (this.loads === 0) await sleep(5);
  }
}

/** The cache and Redis connection of one process; several instances stand for several processes. */
export class CacheProcess {
  private readonly registry = new Registry();
  private readonly client: RedisClient;
  readonly cache: ReadThroughCache;

  constructor(redisUrl: string) {
    const urls = { redisUrl, mongodbUri: '' };
    this.client = new RedisClient(urls);
    this.cache = new ReadThroughCache(urls, this.client, new CacheMetrics(this.registry));
  }

  /** Resolves when both Redis connections work: a result is cached in Redis and in memory. */
  async subscribed(): Promise<void> {
    await eventuallyPasses(() => {
      const { channel, store } = this.cache as unknown as {
        channel: { live: boolean };
        store: { store?: { getClient(): { isReady: boolean } } };
      };
      expect([channel.live, store.store?.getClient().isReady, this.client.status]).toEqual([
        true,
        true,
        'ready',
      ]);
    });
  }

  async lookups(): Promise<Record<string, number>> {
    const [{ values } = { values: [] }] = (await this.registry.getMetricsAsJSON()).filter(
      ({ name }) => name === 'cache_lookups_total',
    );
    return Object.fromEntries(values.map(({ labels, value }) => [labels['tier'], value]));
  }

  async close(): Promise<void> {
    await this.cache.beforeApplicationShutdown();
    await this.cache.onApplicationShutdown();
    this.client.onApplicationShutdown();
  }
}
