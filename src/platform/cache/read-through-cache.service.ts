import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceUrls } from '../config/service-urls.js';
import { CacheMetrics } from './cache-metrics.js';
import { InvalidationChannel } from './invalidation-channel.js';
import { InvalidationSender } from './invalidation-sender.js';
import { PendingLoads, type PendingLoad } from './pending-loads.js';
import { ProcessMemory } from './process-memory.js';
import { RedisResults, type Finding } from './redis-results.js';
import { RedisCacheStore } from './redis-cache-store.js';
import { RedisClient } from './redis-client.service.js';
import { UnconfirmedError } from './unconfirmed-error.js';

/** How long a result in this process's memory is used, milliseconds. */
const MEMORY_MS = 60_000;
/** The same while invalidations by other processes may not arrive: long enough to spare the database, no longer. */
const UNSUBSCRIBED_MEMORY_MS = 1_000;

/**
 * Cached results: looks in this process's memory, then in Redis, then calls the loader, once for concurrent callers.
 *
 * A result is frozen JSON, even the first time: a Date comes back as its ISO string, a class instance as plain data.
 * Null and undefined are returned but not cached; an error of the loader goes to all waiting callers and is not
 * cached. While Redis is unavailable, calls get slower but do not fail.
 *
 *     get         memory --miss--> load in progress, else a new load
 *     a load      Redis: result and fence --miss--> loader --> memory; Redis, with the fence that was found
 *     invalidate  drop here: memory, load in progress --> new fence in Redis --> message --> drop in every other process
 *
 * What was read before an invalidation can end up in three places, and is used from none of them afterwards:
 * - A load that is in progress, here or in a process that gets the message: it is detached and not cached.
 * - Redis, before or after: it carries the old fence, so no reader accepts it (redis-results.ts). Until the new fence
 *   is confirmed, this process does not look there for the key.
 * - The memory of a process that misses the message: once it has noticed that its connection is broken
 *   (InvalidationChannel.live), it uses its memory for at most UNSUBSCRIBED_MEMORY_MS, and drops all of it when it hears
 *   messages again.
 */
@Injectable()
export class ReadThroughCache implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly memory = new ProcessMemory();
  private readonly loads = new PendingLoads();
  private readonly store: RedisCacheStore;
  private readonly redis: RedisResults;
  private readonly channel: InvalidationChannel;
  private readonly sender: InvalidationSender;

  constructor(
    urls: ServiceUrls,
    client: RedisClient,
    private readonly metrics: CacheMetrics,
  ) {
    const failed = (error: unknown) => client.troubles.failed(error);
    this.store = new RedisCacheStore({ url: urls.redisUrl, namespace: 'cache', failed });
    this.redis = new RedisResults(this.store);
    this.channel = new InvalidationChannel(urls.redisUrl, client, {
      invalidated: (keys) => this.drop(keys),
      gap: () => this.dropAll(),
    });
    this.sender = new InvalidationSender(this.redis, this.channel);
  }

  async get<T>(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.memory.find(key, this.channel.live ? MEMORY_MS : UNSUBSCRIBED_MEMORY_MS);
    if (known !== undefined) {
      this.metrics.cacheLookup('process');
      return known as T;
    }
    return this.loads.join(key, (pending) => this.findOrLoad(key, load, pending)) as Promise<T>;
  }

  /**
   * Call after the underlying data has changed. When it resolves, Redis holds no valid result for the keys and the
   * other processes have been notified. If Redis is unavailable, only this process has dropped them; the others follow
   * as soon as Redis is back.
   */
  async invalidate(...keys: string[]): Promise<void> {
    if (keys.length === 0) return;
    this.drop(keys);
    await this.sender.send(keys).catch(() => undefined);
  }

  /**
   * Like `invalidate`, for results that no process may use any more: it resolves only when every process has confirmed.
   * Otherwise it rejects with UnconfirmedError, and the keys are announced again in the background, without waiting for confirmations.
   */
  async invalidateEverywhere(...keys: string[]): Promise<void> {
    this.drop(keys);
    await this.sender.sendToAll(keys).catch(() => {
      throw new UnconfirmedError();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sender.close();
  }

  async onApplicationShutdown(): Promise<void> {
    this.channel.close();
    await this.store.close();
  }

  private async findOrLoad(
    key: string,
    load: () => Promise<unknown>,
    pending: PendingLoad,
  ): Promise<unknown> {
    const began = Date.now();
    const finding = await this.findInRedis(key);
    if (finding?.result !== undefined && !pending.isOutdated) {
      this.metrics.cacheLookup('redis');
      const result = freeze(finding.result);
      this.memory.remember(key, result);
      return result;
    }
    this.metrics.cacheLookup('miss');
    const result = plain(await load());
    if (result === undefined || result === null || pending.isOutdated) return result;
    this.memory.remember(key, result);
    if (finding) this.redis.remember(key, result, finding.fence, began).catch(() => this.channel.suspect());
    return result;
  }

  /** Undefined when Redis does not answer, or while an invalidation of the key has not reached it. */
  private async findInRedis(key: string): Promise<Finding | undefined> {
    if (this.sender.isUnconfirmed(key)) return undefined;
    try {
      return await this.redis.find(key);
    } catch {
      this.channel.suspect();
      return undefined;
    }
  }

  private drop(keys: string[]): void {
    for (const key of keys) {
      this.memory.delete(key);
      this.loads.detach(key);
    }
  }

  private dropAll(): void {
    this.memory.clear();
    this.loads.detachAll();
  }
}

/** What a reader of Redis would get, so that the first result looks like all later ones. */
function plain(value: unknown): unknown {
  return value === undefined || value === null ? value : freeze(JSON.parse(JSON.stringify(value)));
}

/** All callers share one object, so none of them may change it. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
