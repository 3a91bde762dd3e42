import type { Config } from '../config/config.js';
import { refusalOf } from './redis-refusal.js';

/** How every connection of ours treats a Redis that is away: fail now, come back soon. */
export const FAIL_FAST = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1_000,
  keepAlive: 10_000,
  disconnectTimeout: 200,
  maxLoadingRetryTime: 2_000,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
} as const;

/** A connection is given up at most this often because of what Redis answers, milliseconds. */
const GIVEN_UP_EVERY_MS = 1_000;

/**
 * For `reconnectOnError`: after a failover the address leads to the new primary, but a connection that is open stays with the
 * node that was demoted (or that forgot who we are) and would be refused for ever.
 */
export function leavesRefusingNode(): (error: Error) => boolean {
  let leftAt = 0;
  return (error) => {
    const refusal = refusalOf(error)?.refusal;
    if (refusal !== 'READONLY' && refusal !== 'NOAUTH') return false;
    if (Date.now() - leftAt < GIVEN_UP_EVERY_MS) return false;
    leftAt = Date.now();
    return true;
  };
}

/**
 * How old a sign of life may be before Redis is asked for another, milliseconds. Every process asks once in a silence
 * anyhow (events/redis-event-bus.ts); watchers on top of that cost nothing.
 */
export const redisHorizonMs = ({ redisIdlePollSeconds }: Pick<Config, 'redisIdlePollSeconds'>): number =>
  1_500 * redisIdlePollSeconds;
