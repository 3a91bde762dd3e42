import { randomUUID } from 'node:crypto';
import type { RedisCacheStore } from './redis-cache-store.js';

/** How long Redis keeps a cached result, milliseconds. */
export const REDIS_MS = 600_000;
/** Much longer than any envelope is valid: if a fence expired first, a stale result could be accepted. */
const FENCE_MS = 6 * REDIS_MS;

/** A cached result as Redis stores it, with what decides whether it is still valid. */
export interface Envelope {
  answer: unknown;
  /** The key's fence when the load began; null when there was none. */
  fence: string | null;
  /** Counted from when the load began, epoch milliseconds. */
  expiresAt: number;
}

/**
 * What Redis holds for a key: the result, undefined if there is no valid one, and the fence a new result must carry.
 */
export interface Finding {
  result: unknown;
  fence: string | null;
}

/**
 * The second cache tier. Invalidating a key renews its fence, and a result is valid only while it carries the current
 * fence of its key. So a stale result may be written at any time, by any process, however late: no reader accepts it.
 */
export class RedisResults {
  constructor(private readonly store: RedisCacheStore) {}

  /** Sends one command. Rejects when Redis does not answer. */
  async find(key: string): Promise<Finding> {
    const [envelope, stored] = await this.store.getMany([resultKey(key), fenceKey(key)]);
    const fence = (stored as string | undefined) ?? null;
    return { result: validResult(envelope as Envelope | undefined, fence, Date.now()), fence };
  }

  /** `began`: when the load began, epoch milliseconds. */
  async remember(key: string, result: unknown, fence: string | null, began: number): Promise<void> {
    const envelope: Envelope = { answer: result, fence, expiresAt: began + REDIS_MS };
    await this.store.set(resultKey(key), envelope, REDIS_MS);
  }

  async invalidate(keys: string[]): Promise<void> {
    await this.store.setAll(keys.map(fenceKey), randomUUID(), FENCE_MS);
  }
}

/** The envelope's result; undefined when there is no envelope, its fence is outdated or it has expired. */
export function validResult(envelope: Envelope | undefined, fence: string | null, now: number): unknown {
  if (!envelope || envelope.fence !== fence || envelope.expiresAt <= now) return undefined;
  return envelope.answer;
}

function resultKey(key: string): string {
  return `answer:${key}`;
}

function fenceKey(key: string): string {
  return `fence:${key}`;
}
