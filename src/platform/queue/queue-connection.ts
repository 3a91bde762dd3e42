import type { BullRootModuleOptions } from '@nestjs/bull';
import { Redis, type RedisOptions } from 'ioredis';
import { LastingSubscriber } from '../cache/lasting-subscriber.js';
import { leavesRefusingNode } from '../cache/redis-connection.js';

/**
 * TCP keep-alive, milliseconds: detects a dead host within half a minute and keeps idle connections open. No command.
 */
const keepAlive = 10_000;
/**
 * Enqueueing fails at once while Redis is unavailable, and does not wait in memory: the sweep enqueues the song again.
 */
const PRODUCER: RedisOptions = { maxRetriesPerRequest: 1, enableOfflineQueue: false, keepAlive };
/** Bull requires these options for its blocking and subscribing clients. */
const CONSUMER: RedisOptions = { maxRetriesPerRequest: null, enableReadyCheck: false, keepAlive };
/** How much later than its time-out a blocking pop may answer, milliseconds. */
const GRACE_MS = 10_000;

/** Bull's settings for an installation that leaves Redis unasked for `idlePollSeconds` while there is nothing to do. */
export function pollingOf(idlePollSeconds: number): {
  drainDelay: number;
  guardInterval: number;
  stalledInterval: number;
} {
  return {
    // How long a blocking pop waits, seconds. A new job ends it at once, so a long wait delays nothing.
    drainDelay: 3 * idlePollSeconds,
    // Looks for delayed jobs without a notification; transcoding/transcode.processor.ts also looks after each outage.
    guardInterval: 3_000 * idlePollSeconds,
    // Removes jobs of dead workers from Bull's lists; the sweep has requeued their songs long before.
    stalledInterval: 12_000 * idlePollSeconds,
  };
}

/**
 * Bull's connection to Redis. Its polling is slowed down, because hosted Redis bills an idle worker's commands; our own
 * sweep finds stalled jobs instead.
 */
export function queueConnection(redisUrl: string, idlePollSeconds: number): BullRootModuleOptions {
  const polling = pollingOf(idlePollSeconds);
  // A network device may drop the connection silently; the time-out detects a pop that never answers.
  const socketTimeout = polling.drainDelay * 1_000 + GRACE_MS;
  return {
    createClient: (type) => {
      const options = { client: PRODUCER, subscriber: CONSUMER, bclient: { ...CONSUMER, socketTimeout } }[
        type
      ];
      const reconnectOnError = leavesRefusingNode();
      const client =
        type === 'subscriber'
          ? new LastingSubscriber(redisUrl, options)
          : new Redis(redisUrl, { ...options, reconnectOnError });
      client.on('error', () => undefined); // reported by TranscodeQueue, once for all clients
      // Set later, because Bull refuses the option here (old versions of ioredis had problems with it). Without it a
      // connection counts as ready before its password is accepted, and commands that Bull does not await are rejected.
      if (type !== 'client') setImmediate(() => (client.options.enableReadyCheck = true));
      return client;
    },
    settings: {
      // A worker that is killed between taking a job and starting its song keeps the job locked for this long.
      lockDuration: 30_000,
      lockRenewTime: 10_000,
      ...polling,
    },
  };
}
