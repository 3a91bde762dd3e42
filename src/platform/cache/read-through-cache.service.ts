import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceUrls } from '../config/service-urls.js';
import { CacheMetrics } from './cache-metrics.js';
import { InvalidationChannel } from './invalidation-channel.js';
import { ProcessMemory } from './process-memory.js';
import { RedisResults, type Finding } from './redis-results.js';
import { RedisCacheStore } from './redis-cache-store.js';
import { RedisClient } from './redis-client.service.js';
import { UnconfirmedError } from './unconfirmed-error.js';

/** How long a result in this process's memory is used, milliseconds. */
const MEMORY_MS = 60_000;
/** The same while invalidations by other processes may not arrive: long enough to spare the database, no longer. */
const UNSUBSCRIBED_MEMORY_MS = 1_000;
const RETRY_MS = 500;

/** A load in progress, shared by all callers that ask for its key meanwhile. */
interface PendingLoad {
  result: Promise<unknown>;
  /** The key was invalidated after the load began: its callers get the result, but it must not be cached. */
  invalidated: boolean;
}

/**
 * Cached results: looks in this process's memory, then in Redis, then calls the loader, once for concurrent callers.
 *
 * A result is frozen JSON, even the first time: a Date comes back as its ISO string, a class instance as plain data.
 * Null and undefined are returned but not cached; an error of the loader goes to all waiting callers and is not
 * cached. While Redis is unavailable, calls get slower but do not fail.
 */
@Injectable()
export class ReadThroughCache implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly memory = new ProcessMemory();
  private readonly pendingLoads = new Map<string, PendingLoad>();
  /** Keys whose invalidation has not reached Redis and the channel yet; results in Redis are not used for them. */
  private readonly unconfirmed = new Map<string, symbol>();
  private readonly store: RedisCacheStore;
  private readonly redis: RedisResults;
  private readonly channel: InvalidationChannel;
  private retrying = false;
  private closed = false;

  constructor(
    urls: ServiceUrls,
    client: RedisClient,
    private readonly metrics: CacheMetrics,
  ) {
    const failed = (error: unknown) => client.troubles.failed(error);
    this.store = new RedisCacheStore({ url: urls.redisUrl, namespace: 'cache', failed });
    this.redis = new RedisResults(this.store);
    this.channel = new InvalidationChannel(urls.redisUrl, client, {
      invalidated: (keys) => keys.forEach((key) => this.drop(key)),
      gap: () => this.dropAll(),
    });
  }

  async get<T>(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.memory.find(key, this.channel.live ? MEMORY_MS : UNSUBSCRIBED_MEMORY_MS);
    if (known !== undefined) {
      this.metrics.cacheLookup('process');
      return known as T;
    }
    const pending = this.pendingLoads.get(key) ?? this.startLoad(key, load);
    return pending.result as Promise<T>;
  }

  /**
   * Call after the underlying data has changed. When it resolves, Redis holds no valid result for the keys and the
   * other processes have been notified. If Redis is unavailable, only this process has dropped them; the others follow
   * as soon as Redis is back.
   */
  async invalidate(...keys: string[]): Promise<void> {
    if (keys.length === 0) return;
    this.dropHere(keys);
    await this.propagate(keys).catch(() => void this.keepPropagating());
  }

  /**
   * Like `invalidate`, for results that no process may use any more: it resolves only when every process has confirmed.
   * Otherwise it rejects with UnconfirmedError, and the invalidation is retried in the background.
   */
  async invalidateEverywhere(...keys: string[]): Promise<void> {
    this.dropHere(keys);
    try {
      await this.propagate(keys, () => this.channel.announceToAll(keys));
    } catch {
      void this.keepPropagating();
      throw new UnconfirmedError();
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    if (this.unconfirmed.size > 0) await this.propagate([...this.unconfirmed.keys()]).catch(() => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    this.channel.close();
    await this.store.close();
  }

  private startLoad(key: string, load: () => Promise<unknown>): PendingLoad {
    const pending: PendingLoad = { result: Promise.resolve(), invalidated: false };
    pending.result = this.load(key, load, pending).finally(() => {
      if (this.pendingLoads.get(key) === pending) this.pendingLoads.delete(key);
    });
    this.pendingLoads.set(key, pending);
    return pending;
  }

  private async load(key: string, load: () => Promise<unknown>, pending: PendingLoad): Promise<unknown> {
    const began = Date.now();
    const finding = await this.findInRedis(key);
    if (finding?.result !== undefined && !pending.invalidated) {
      this.metrics.cacheLookup('redis');
      const result = freeze(finding.result);
      this.memory.remember(key, result);
      return result;
    }
    this.metrics.cacheLookup('miss');
    const result = plain(await load());
    if (result === undefined || result === null || pending.invalidated) return result;
    this.memory.remember(key, result);
    if (finding) this.redis.remember(key, result, finding.fence, began).catch(() => this.channel.suspect());
    return result;
  }

  /** Undefined when Redis does not answer, or while an invalidation of the key has not reached it. */
  private async findInRedis(key: string): Promise<Finding | undefined> {
    if (this.unconfirmed.has(key)) return undefined;
    try {
      return await this.redis.find(key);
    } catch {
      this.channel.suspect();
      return undefined;
    }
  }

  private dropHere(keys: string[]): void {
    for (const key of keys) {
      this.drop(key);
      this.unconfirmed.set(key, Symbol());
    }
  }

  /** Also detaches a load in progress: callers from now on must not get a result that was read before. */
  private drop(key: string): void {
    this.memory.delete(key);
    const pending = this.pendingLoads.get(key);
    if (pending) pending.invalidated = true;
    this.pendingLoads.delete(key);
  }

  private dropAll(): void {
    this.memory.clear();
    for (const key of this.pendingLoads.keys()) this.drop(key);
  }

  /** Renews the fence first: a process that receives the message must not find the old result valid in Redis. */
  private async propagate(keys: string[], announce = () => this.channel.announce(keys)): Promise<void> {
    const marks = new Map(keys.map((key) => [key, this.unconfirmed.get(key)]));
    await this.redis.invalidate(keys);
    await announce();
    for (const [key, mark] of marks) {
      // A key that was invalidated again meanwhile stays unconfirmed.
      if (this.unconfirmed.get(key) === mark) this.unconfirmed.delete(key);
    }
  }

  private async keepPropagating(): Promise<void> {
    this.channel.suspect();
    if (this.retrying) return;
    this.retrying = true;
    while (this.unconfirmed.size > 0 && !this.closed) {
      await sleep(RETRY_MS, undefined, { ref: false });
      await this.propagate([...this.unconfirmed.keys()]).catch(() => undefined);
    }
    this.retrying = false;
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
