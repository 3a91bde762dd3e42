import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { ReadThroughCache } from '../../src/platform/cache/read-through-cache.js';
import { RedisClient } from '../../src/platform/cache/redis-client.js';
import { Metrics } from '../../src/platform/metrics/metrics.js';
import { eventually } from './eventually.js';

/** The database: what it says now, how often it was asked, and a way to make it slow. */
export class Truth {
  loads = 0;
  private gate: Promise<void> = Promise.resolve();

  constructor(public title: string) {}

  readonly load = async (): Promise<{ title: string }> => {
    this.loads += 1;
    const { title } = this;
    await this.gate;
    return { title };
  };

  /** Loads that begin now end when the returned function is called. */
  holdBack(): () => void {
    let finish = () => {};
    this.gate = new Promise((resolve) => (finish = resolve));
    return finish;
  }

  async asked(): Promise<void> {
    while (this.loads === 0) await sleep(5);
  }
}

/** What one process of ours has; several of them stand for several processes. */
export class CacheProcess {
  private readonly registry = new Registry();
  private readonly client: RedisClient;
  readonly cache: ReadThroughCache;

  constructor(redisUrl: string) {
    const urls = { redisUrl, mongodbUri: '' };
    this.client = new RedisClient(urls);
    this.cache = new ReadThroughCache(urls, this.client, new Metrics(this.registry));
  }

  /** Both ways to Redis are open: an answer is remembered there, and memory outlives its deaf second. */
  async hearing(): Promise<void> {
    await eventually(() => {
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
