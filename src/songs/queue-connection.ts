import type { BullRootModuleOptions } from '@nestjs/bull';
import { Redis, type RedisOptions } from 'ioredis';

/** Orders fail at once while Redis is away instead of waiting in memory: the database keeps them, the sweep repeats them. */
const PRODUCER: RedisOptions = { maxRetriesPerRequest: 1, enableOfflineQueue: false };
/** Bull demands these of its blocking and subscribing clients. */
const CONSUMER: RedisOptions = { maxRetriesPerRequest: null, enableReadyCheck: false };

/**
 * How Bull reaches Redis. Its own polling is slowed down: an idle worker should cost a hosted Redis next to nothing,
 * and what stalls is found by our sweep, not by Bull's.
 */
export function queueConnection(redisUrl: string): BullRootModuleOptions {
  return {
    createClient: (type) => {
      const client = new Redis(redisUrl, type === 'client' ? PRODUCER : CONSUMER);
      client.on('error', () => undefined); // reported by TranscodeQueue, once for all clients
      return client;
    },
    settings: {
      // A worker killed between taking a job and beginning its song keeps the order hidden for this long.
      lockDuration: 30_000,
      lockRenewTime: 10_000,
      stalledInterval: 300_000,
      guardInterval: 60_000,
      drainDelay: 60,
    },
  };
}
