import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-client.js';

/** Codes after which the same request may succeed. */
const PASSING = new Set([
  'UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
  'UNKNOWN',
  'ABORTED',
  'CONFLICT',
  'RATE_LIMITED',
  'TOO_MANY_REQUESTS',
]);
const TRIES = 7;
const FIRST_PAUSE_MS = 500;

/** Asks a server again, later and later, as long as asking again can help. */
export class Retry {
  /** @param signIn signs in again after a session has ended; absent when only a token is known */
  constructor(private readonly signIn?: () => Promise<void>) {}

  /** `act` may have come through although its answer did not: it must bear being repeated. */
  async on<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        const expired = error instanceof ApiError && error.code === 'UNAUTHENTICATED' && this.signIn;
        if (attempt >= TRIES || !(expired || passes(error))) throw error;
        await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2));
        if (expired) await this.signIn?.().catch(() => undefined); // the next try tells
      }
    }
  }
}

export const isPassing = (code: string): boolean => PASSING.has(code);

/** Whether an error may be gone next time: the network's, a proxy's page instead of JSON, or a code that says so. */
function passes(error: unknown): boolean {
  if (error instanceof ApiError) return isPassing(error.code);
  return error instanceof SyntaxError || (error instanceof TypeError && error.message === 'fetch failed');
}
