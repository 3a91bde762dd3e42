import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis, ReplyError } from 'ioredis';
import type { Config } from '../config/config.js';
import { SupplierUrls } from '../config/supplier-urls.js';
import { OutageLog } from './outage-log.js';

/** How every connection of ours treats a Redis that is away: fail now, come back soon. */
export const IMPATIENT = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1_000,
  keepAlive: 10_000,
  disconnectTimeout: 200,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
} as const;

/**
 * How old a sign of life may be before Redis is asked for another, milliseconds. Every process asks once in a silence
 * anyhow (realtime/redis-news-wire.ts); watchers on top of that cost nothing.
 */
export const redisHorizonMs = ({ redisSilenceSeconds }: Pick<Config, 'redisSilenceSeconds'>): number =>
  1_500 * redisSilenceSeconds;

/**
 * The one connection for commands. A command rejects at once while Redis is away and within a second while it is
 * frozen; the connection repairs itself.
 */
@Injectable()
export class RedisClient extends Redis implements OnApplicationShutdown {
  private answeredAt = 0;
  private doubted = false;

  constructor(urls: SupplierUrls) {
    super(urls.redisUrl, { ...IMPATIENT, commandTimeout: 1_000, socketTimeout: 5_000 });
    const log = new OutageLog('Redis');
    // Without a listener an outage would end the process.
    this.on('error', (error) => log.failed(error));
    this.on('ready', () => log.recovered());
  }

  /** Every answer is a sign of life, so that Redis need not be asked for one while there is traffic. */
  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    const sent = super.sendCommand(command, stream);
    command.promise.then(
      () => this.heard(),
      (error: unknown) => (error instanceof ReplyError ? this.heard() : this.doubt()),
    );
    return sent;
  }

  /** Redis answered this process, here or on another connection. */
  heard(): void {
    this.answeredAt = Date.now();
    this.doubted = false;
  }

  /** Redis failed to answer this process: the next who asks whether it is alive asks Redis itself. */
  doubt(): void {
    this.doubted = true;
  }

  /** Resolves when Redis has answered within the last `withinMs`, or answers now. Rejects when it does not. */
  async alive(withinMs: number): Promise<void> {
    if (this.status !== 'ready') throw new Error('not connected');
    if (this.doubted || Date.now() - this.answeredAt > withinMs) await this.ping();
  }

  onApplicationShutdown(): void {
    this.disconnect();
  }
}
