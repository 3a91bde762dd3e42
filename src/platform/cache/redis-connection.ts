import type { Config } from '../config/config.js';
import { refusalOf } from './redis-refusal.js';

/** Options of every connection for a Redis that is unavailable: commands fail at once, reconnects are frequent. */
export const FAIL_FAST = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1_000,
  keepAlive: 10_000,
  disconnectTimeout: 200,
  maxLoadingRetryTime: 2_000,
  retryStrategy: (attempt: number) => Math.min(attempt * 100, 1_000),
} as const;

/** A connection is reconnected at most this often because of what Redis answers, milliseconds. */
const RECONNECT_EVERY_MS = 1_000;

/**
 * For `reconnectOnError`: after a failover the address leads to the new primary, but an open connection stays with the
 * node that was demoted (or that no longer knows the password) and would be refused for ever.
 */
export function leavesRefusingNode(): (error: Error) => boolean {
  let leftAt = 0;
  return (error) => {
    const refusal = refusalOf(error)?.refusal;
    if (refusal !== 'READONLY' && refusal !== 'NOAUTH') return false;
    if (Date.now() - leftAt < RECONNECT_EVERY_MS) return false;
    leftAt = Date.now();
    return true;
  };
}

/**
 * Maximum age, in ms, of the last successful Redis reply before `assertAlive` sends a command. Each process sends one
 * per REDIS_IDLE_POLL_SECONDS anyway (events/redis-event-bus.service.ts), so health checks add no commands.
 */
export const redisHorizonMs = ({ redisIdlePollSeconds }: Pick<Config, 'redisIdlePollSeconds'>): number =>
  1_500 * redisIdlePollSeconds;

/**
 * The channel's name on this Redis server. Pub/sub ignores the database number (redis.io, "Database & scoping"):
 * without it in the name, two installations in two databases of one Redis would receive each other's messages.
 */
export function channelName(redisUrl: string, name: string): string {
  const database = /^\/(\d+)$/.exec(new URL(redisUrl).pathname)?.[1] ?? '0';
  return database === '0' ? name : `${database}:${name}`;
}
