import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { ServiceUrls } from '../config/service-urls.js';
import { Metrics } from '../metrics/metrics.js';
import { InvalidationChannel } from './invalidation-channel.js';
import { ProcessMemory } from './process-memory.js';
import { RedisResults, type Finding } from './redis-results.js';
import { RedisCacheStore } from './redis-cache-store.js';
import { RedisClient } from './redis-client.js';
import { UnconfirmedError } from './unconfirmed-error.js';

/** How long this process relies on its own memory, milliseconds. */
const MEMORY_MS = 60_000;
/** The same while it could not hear that an answer was forgotten elsewhere; shelters the database, no more. */
const DEAF_MEMORY_MS = 1_000;
const RETRY_MS = 500;

/** One load on its way, shared by everybody who asks meanwhile. */
interface Flight {
  answer: Promise<unknown>;
  /** The key was forgotten after take-off: the answer may go to those who wait, and nowhere else. */
  overtaken: boolean;
}

/**
 * Remembered answers: this process's memory, then Redis, then the loader, which runs once however many ask.
 *
 * An answer is JSON and frozen, first-hand too: a Date comes back as its ISO string, a class instance as plain data.
 * Null and undefined are handed on but not remembered; a loader's error goes to everybody who waits and is not
 * remembered. An outage of Redis costs time, never an answer.
 */
@Injectable()
export class ReadThroughCache implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly memory = new ProcessMemory();
  private readonly flights = new Map<string, Flight>();
  /** Keys whose forgetting Redis has not confirmed; it is not believed about them. */
  private readonly unforgotten = new Map<string, symbol>();
  private readonly store: RedisCacheStore;
  private readonly redis: RedisResults;
  private readonly channel: InvalidationChannel;
  private retrying = false;
  private closed = false;

  constructor(
    urls: ServiceUrls,
    client: RedisClient,
    private readonly metrics: Metrics,
  ) {
    const failed = (error: unknown) => client.troubles.failed(error);
    this.store = new RedisCacheStore({ url: urls.redisUrl, namespace: 'cache', failed });
    this.redis = new RedisResults(this.store);
    this.channel = new InvalidationChannel(urls.redisUrl, client, {
      forgotten: (keys) => keys.forEach((key) => this.drop(key)),
      gap: () => this.dropAll(),
    });
  }

  async get<T>(key: string, load: () => Promise<T>): Promise<T> {
    const known = this.memory.find(key, this.channel.live ? MEMORY_MS : DEAF_MEMORY_MS);
    if (known !== undefined) {
      this.metrics.cacheLookup('process');
      return known as T;
    }
    const flight = this.flights.get(key) ?? this.takeOff(key, load);
    return flight.answer as Promise<T>;
  }

  /**
   * Call after the truth has changed. When it resolves every process has forgotten, or Redis is away: then this process
   * has, and the others will as soon as Redis is back.
   */
  async invalidate(...keys: string[]): Promise<void> {
    if (keys.length === 0) return;
    this.forgetHere(keys);
    await this.spread(keys).catch(() => void this.keepSpreading());
  }

  /**
   * As `forget`, for what must not be used anywhere any more. Rejects with UnconfirmedError when it is not known that every
   * process has forgotten: then they do so as soon as they can.
   */
  async invalidateEverywhere(...keys: string[]): Promise<void> {
    this.forgetHere(keys);
    try {
      await this.spread(keys, () => this.channel.announceToAll(keys));
    } catch {
      void this.keepSpreading();
      throw new UnconfirmedError();
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    if (this.unforgotten.size > 0) await this.spread([...this.unforgotten.keys()]).catch(() => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    this.channel.close();
    await this.store.close();
  }

  private takeOff(key: string, load: () => Promise<unknown>): Flight {
    const flight: Flight = { answer: Promise.resolve(), overtaken: false };
    flight.answer = this.fly(key, load, flight).finally(() => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    });
    this.flights.set(key, flight);
    return flight;
  }

  private async fly(key: string, load: () => Promise<unknown>, flight: Flight): Promise<unknown> {
    const began = Date.now();
    const finding = await this.askRedis(key);
    if (finding?.answer !== undefined && !flight.overtaken) {
      this.metrics.cacheLookup('redis');
      const answer = freeze(finding.answer);
      this.memory.remember(key, answer);
      return answer;
    }
    this.metrics.cacheLookup('miss');
    const answer = plain(await load());
    if (answer === undefined || answer === null || flight.overtaken) return answer;
    this.memory.remember(key, answer);
    if (finding) this.redis.remember(key, answer, finding.fence, began).catch(() => this.channel.suspect());
    return answer;
  }

  /** Undefined when Redis does not answer, or is not to be believed. */
  private async askRedis(key: string): Promise<Finding | undefined> {
    if (this.unforgotten.has(key)) return undefined;
    try {
      return await this.redis.find(key);
    } catch {
      this.channel.suspect();
      return undefined;
    }
  }

  private forgetHere(keys: string[]): void {
    for (const key of keys) {
      this.drop(key);
      this.unforgotten.set(key, Symbol());
    }
  }

  /** Whoever asks from now on must not join a flight that took off before. */
  private drop(key: string): void {
    this.memory.forget(key);
    const flight = this.flights.get(key);
    if (flight) flight.overtaken = true;
    this.flights.delete(key);
  }

  private dropAll(): void {
    this.memory.clear();
    for (const key of this.flights.keys()) this.drop(key);
  }

  /** Fence first: a process that hears of it must not find the old answer believable in Redis. */
  private async spread(keys: string[], announce = () => this.channel.announce(keys)): Promise<void> {
    const marks = new Map(keys.map((key) => [key, this.unforgotten.get(key)]));
    await this.redis.forget(keys);
    await announce();
    for (const [key, mark] of marks) {
      // A key forgotten once more meanwhile is not done.
      if (this.unforgotten.get(key) === mark) this.unforgotten.delete(key);
    }
  }

  private async keepSpreading(): Promise<void> {
    this.channel.suspect();
    if (this.retrying) return;
    this.retrying = true;
    while (this.unforgotten.size > 0 && !this.closed) {
      await sleep(RETRY_MS, undefined, { ref: false });
      await this.spread([...this.unforgotten.keys()]).catch(() => undefined);
    }
    this.retrying = false;
  }
}

/** What a reader of Redis would get, so that the first answer looks like all later ones. */
function plain(value: unknown): unknown {
  return value === undefined || value === null ? value : freeze(JSON.parse(JSON.stringify(value)));
}

/** One object serves many callers. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
