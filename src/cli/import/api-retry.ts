import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-client.js';

/** Codes after which the same request may succeed. */
const TRANSIENT = new Set([
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

/**
 * Calls the API and repeats the call, with growing pauses, as long as its error is transient. `call` must be
 * idempotent: the server may have processed a request whose response was lost.
 */
export type Retry = <T>(call: () => Promise<T>) => Promise<T>;

/** @param signIn signs in again after the session has expired; absent when only an access token is known */
export function createRetry(signIn?: () => Promise<void>): Retry {
  return async (call) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const expired = error instanceof ApiError && error.code === 'UNAUTHENTICATED' && signIn;
        if (attempt >= TRIES || !(expired || isTransient(error))) throw error;
        await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2));
        if (expired) await signIn().catch(() => undefined); // the next attempt reports the failure
      }
    }
  };
}

export const isTransientCode = (code: string): boolean => TRANSIENT.has(code);

/** True for network errors, for a proxy's HTML page instead of JSON, and for codes in TRANSIENT. */
function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return isTransientCode(error.code);
  return error instanceof SyntaxError || (error instanceof TypeError && error.message === 'fetch failed');
}
