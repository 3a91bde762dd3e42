import { randomUUID } from 'node:crypto';
import type { RedisCacheStore } from './redis-cache-store.js';

/** How long Redis remembers an answer, milliseconds. */
export const REDIS_MS = 600_000;
/** Far longer than any envelope can be valid: a fence that expired first would let a stale answer through. */
const FENCE_MS = 6 * REDIS_MS;

/** An answer as Redis holds it, with what is needed to tell whether it may still be used. */
export interface Envelope {
  answer: unknown;
  /** The key's fence when the load began; null when there was none. */
  fence: string | null;
  /** Counted from when the load began, epoch milliseconds. */
  expiresAt: number;
}

/** What Redis knows of a key: the answer, if a usable one is there, and the fence a new answer must carry. */
export interface Finding {
  answer: unknown;
  fence: string | null;
}

/**
 * The second tier. Forgetting a key renews its fence, and an answer counts only while it carries its key's present
 * fence. So a stale answer may be written at any time, by any process, however late: nobody will believe it.
 */
export class RedisResults {
  constructor(private readonly store: RedisCacheStore) {}

  /** One command. Rejects when Redis does not answer. */
  async find(key: string): Promise<Finding> {
    const [envelope, fence] = await this.store.getMany([answerKey(key), fenceKey(key)]);
    const present = (fence as string | undefined) ?? null;
    const answer = currentAnswer(envelope as Envelope | undefined, present, Date.now());
    return { answer, fence: present };
  }

  /** `began`: when the load began, epoch milliseconds. */
  async remember(key: string, answer: unknown, fence: string | null, began: number): Promise<void> {
    const envelope: Envelope = { answer, fence, expiresAt: began + REDIS_MS };
    await this.store.set(answerKey(key), envelope, REDIS_MS);
  }

  async forget(keys: string[]): Promise<void> {
    await this.store.setAll(keys.map(fenceKey), randomUUID(), FENCE_MS);
  }
}

/** The envelope's answer, or undefined when it is out of date. */
export function currentAnswer(envelope: Envelope | undefined, fence: string | null, now: number): unknown {
  if (!envelope || envelope.fence !== fence || envelope.expiresAt <= now) return undefined;
  return envelope.answer;
}

function answerKey(key: string): string {
  return `answer:${key}`;
}

function fenceKey(key: string): string {
  return `fence:${key}`;
}
