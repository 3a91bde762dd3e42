import type { ExecutionResult } from 'graphql';
import { CostRefusal } from './cost-refusal.js';

/**
 * Size of a value as JSON, bytes. Counting stops above `limit`; the result is then larger than `limit`, but not exact.
 */
export function jsonBytes(value: unknown, limit: number): number {
  const waiting: unknown[] = [value];
  let bytes = 0;
  while (waiting.length > 0 && bytes <= limit) {
    const next = waiting.pop();
    if (Array.isArray(next)) {
      bytes += 2 + next.length;
      for (const item of next) waiting.push(item);
    } else if (typeof next === 'object' && next !== null && !('toJSON' in next)) {
      bytes += 2;
      for (const [key, item] of Object.entries(next)) {
        bytes += key.length + 4;
        waiting.push(item);
      }
    } else bytes += Buffer.byteLength(JSON.stringify(next) ?? '');
  }
  return bytes;
}

/** Why a response is not sent; null when it may be. */
export function answerRefusal(result: ExecutionResult, limit: number): CostRefusal | null {
  const { data, errors, extensions } = result;
  if (jsonBytes({ data, errors, extensions }, limit) <= limit) return null;
  return new CostRefusal(
    'ANSWER_TOO_LARGE',
    `The answer has more than ${limit} bytes; a mutation was carried out all the same. Ask for shorter pages or fewer fields.`,
    { limitBytes: limit },
  );
}
