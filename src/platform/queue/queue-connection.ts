import type { BullRootModuleOptions } from '@nestjs/bull';
import { Redis, type RedisOptions } from 'ioredis';
import { LastingSubscriber } from '../cache/lasting-subscriber.js';
import { leavesRefusingNode } from '../cache/redis-connection.js';

/**
 * TCP's own sign of life, milliseconds: finds a dead host within half a minute, keeps idle lines open, and is no
 * command.
 */
const keepAlive = 10_000;
/**
 * Orders fail at once while Redis is away instead of waiting in memory: the database keeps them, the sweep repeats
 * them.
 */
const PRODUCER: RedisOptions = { maxRetriesPerRequest: 1, enableOfflineQueue: false, keepAlive };
/** Bull demands these of its blocking and subscribing clients. */
const CONSUMER: RedisOptions = { maxRetriesPerRequest: null, enableReadyCheck: false, keepAlive };
/** How much later than promised a blocking pop may answer, milliseconds. */
const GRACE_MS = 10_000;

/** Bull's settings for an installation that leaves Redis unasked for `idlePollSeconds` while there is nothing to do. */
export function pollingOf(idlePollSeconds: number): {
  drainDelay: number;
  guardInterval: number;
  stalledInterval: number;
} {
  return {
    // How long a blocking pop waits, seconds. An order ends it at once: a long wait costs nobody anything.
    drainDelay: 3 * idlePollSeconds,
    // Looks for delayed jobs nobody was told of; transcoding/transcode.processor.ts looks after every outage besides.
    guardInterval: 3_000 * idlePollSeconds,
    // Removes what dead workers left in Bull's lists; their songs the sweep has taken back long before.
    stalledInterval: 12_000 * idlePollSeconds,
  };
}

/**
 * How Bull reaches Redis. Its own polling is slowed down: an idle worker should cost a hosted Redis next to nothing,
 * and what stalls is found by our sweep, not by Bull's.
 */
export function queueConnection(redisUrl: string, idlePollSeconds: number): BullRootModuleOptions {
  const polling = pollingOf(idlePollSeconds);
  // Something between us and Redis may drop the line without a word: the pop that never answers finds it.
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
      // Bull forbids this here and now, because old ioredis lost its place by it. Without it a connection counts as
      // ready before its password is accepted, and what Bull then sends and does not watch is rejected with the
      // password.
      if (type !== 'client') setImmediate(() => (client.options.enableReadyCheck = true));
      return client;
    },
    settings: {
      // A worker killed between taking a job and beginning its song keeps the order hidden for this long.
      lockDuration: 30_000,
      lockRenewTime: 10_000,
      ...polling,
    },
  };
}
