import { setTimeout as sleep } from 'node:timers/promises';
import { redisStore } from 'cache-manager-redis-store';
import { refusalOf } from './redis-refusal.js';

type Store = Awaited<ReturnType<typeof redisStore>>;

export interface RedisCacheStoreOptions {
  url: string;
  /** Prefix of every key, so that `clear` removes no other keys. */
  namespace: string;
  /** The longest any call waits, milliseconds. */
  timeoutMs?: number;
  /** Called with every failure. */
  failed?(error: unknown): void;
}

const PAUSE_MS = 1_000;

/**
 * Wraps cache-manager-redis-store so that it cannot hang, end the process or remove keys of others. Values are JSON.
 * Every method rejects at once while Redis is disconnected, and within `timeoutMs` while it is frozen.
 */
export class RedisCacheStore {
  private readonly timeoutMs: number;
  private store?: Store;
  private closed = false;
  /**
   * After a time-out calls reject until this time, epoch milliseconds; then one call at a time tries again. 0: no
   * pause.
   */
  private pausedUntil = 0;

  constructor(private readonly options: RedisCacheStoreOptions) {
    this.timeoutMs = options.timeoutMs ?? 300;
    void this.connect();
  }

  /** One value per key, undefined where none is stored. Sends one command. */
  async getMany(keys: string[]): Promise<unknown[]> {
    const found: unknown[] = await this.ask((store) => store.mget(...keys.map((key) => this.named(key))));
    return found.map((value) => value ?? undefined);
  }

  /** `ttlMs` is rounded up to whole seconds. */
  async set(key: string, value: unknown, ttlMs: number): Promise<void> {
    await this.ask((store) => store.set(this.named(key), value, { ttl: seconds(ttlMs) }, undefined));
  }

  /** Stores the same value under every key, all or none. */
  async setAll(keys: string[], value: unknown, ttlMs: number): Promise<void> {
    const pairs = keys.flatMap((key) => [this.named(key), value]);
    await this.ask((store) => store.mset(...pairs, { ttl: seconds(ttlMs) }));
  }

  /** Removes every key of this namespace and no other: the store's own reset would empty the database. */
  async clear(): Promise<void> {
    let cursor = 0;
    do {
      const page = await this.ask((store) =>
        store.getClient().scan(cursor, { MATCH: `${this.options.namespace}:*`, COUNT: 500 }),
      );
      if (page.keys.length > 0) await this.ask((store) => store.getClient().unlink(page.keys));
      cursor = page.cursor;
    } while (cursor !== 0);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.store
      ?.getClient()
      .disconnect()
      .catch(() => undefined);
  }

  private named(key: string): string {
    return `${this.options.namespace}:${key}`;
  }

  /** The store does not retry its first connection; this does, so that the server starts without Redis. */
  private async connect(): Promise<void> {
    while (!this.closed) {
      try {
        const store = await redisStore({
          url: this.options.url,
          disableOfflineQueue: true,
          commandsQueueMaxLength: 10_000,
          socket: {
            connectTimeout: 1_000,
            reconnectStrategy: (tries: number) => Math.min(tries * 100, 1_000),
          },
        });
        // Without a listener an outage would end the process.
        store.getClient().on('error', (error: Error) => this.options.failed?.(error));
        this.store = store;
        if (this.closed) await this.close();
        return;
      } catch (error) {
        this.options.failed?.(error);
        await sleep(PAUSE_MS, undefined, { ref: false });
      }
    }
  }

  private meet(error: unknown): void {
    this.options.failed?.(error);
    if (refusalOf(error)?.refusal === 'READONLY') this.leave();
  }

  /**
   * Reconnects: after a failover the address leads to the new primary, but an open connection stays with the old one.
   */
  private leave(): void {
    const left = this.store;
    if (!left) return;
    this.store = undefined;
    this.pausedUntil = Date.now() + PAUSE_MS;
    void left
      .getClient()
      .disconnect()
      .catch(() => undefined);
    void this.connect();
  }

  private async ask<T>(command: (store: Store) => Promise<T>): Promise<T> {
    if (!this.store?.getClient().isReady) throw new Error('Redis is not connected');
    if (this.pausedUntil > 0) {
      if (Date.now() < this.pausedUntil) throw new Error('Redis did not answer a moment ago');
      this.pausedUntil = Date.now() + PAUSE_MS;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.pausedUntil = Date.now() + PAUSE_MS;
        reject(new Error(`Redis did not answer within ${this.timeoutMs} ms`));
      }, this.timeoutMs);
    });
    try {
      const answer = await Promise.race([command(this.store), late]);
      this.pausedUntil = 0;
      return answer;
    } catch (error) {
      if (!this.closed) this.meet(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
