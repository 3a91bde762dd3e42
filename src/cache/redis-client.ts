import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
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
 * The one connection for commands. A command rejects at once while Redis is away and within a second while it is
 * frozen; the connection repairs itself.
 */
@Injectable()
export class RedisClient extends Redis implements OnApplicationShutdown {
  constructor(urls: SupplierUrls) {
    super(urls.redisUrl, { ...IMPATIENT, commandTimeout: 1_000, socketTimeout: 5_000 });
    const log = new OutageLog('Redis');
    // Without a listener an outage would end the process.
    this.on('error', (error) => log.failed(error));
    this.on('ready', () => log.recovered());
  }

  onApplicationShutdown(): void {
    this.disconnect();
  }
}
