import { redisStore } from 'cache-manager-redis-store';
import { every, retry } from '../async/retry.js';
import { withTimeout } from '../async/with-timeout.js';
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
  private readonly closing = new AbortController();
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
    this.closing.abort();
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
    const { signal } = this.closing;
    const onFailure = (error: Error) => this.options.failed?.(error);
    const policy = { ...every(PAUSE_MS), signal, isBackground: true, onFailure };
    const store = await retry(() => this.open(), policy).catch(() => undefined);
    if (!store) return;
    this.store = store;
    if (signal.aborted) await this.close();
  }

  private async open(): Promise<Store> {
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
    return store;
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
    try {
      const answer = await withTimeout(this.timeoutMs, command(this.store), () => {
        this.pausedUntil = Date.now() + PAUSE_MS;
        throw new Error(`Redis did not answer within ${this.timeoutMs} ms`);
      });
      this.pausedUntil = 0;
      return answer;
    } catch (error) {
      if (!this.closing.signal.aborted) this.meet(error);
      throw error;
    }
  }
}

function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}
