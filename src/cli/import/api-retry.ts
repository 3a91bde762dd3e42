import { retry } from '../../platform/async/retry.js';
import { ApiError } from '../api-client.js';

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
/** About half a minute of pauses. */
const POLICY = { attempts: 7, firstPauseMs: 625, longestPauseMs: 40_000, jitter: 0.4 };

/**
 * Calls the API and repeats the call, with growing pauses, as long as its error is transient. `call` must be
 * idempotent: the server may have processed a request whose response was lost.
 */
export type ApiRetry = <T>(call: () => Promise<T>) => Promise<T>;

/** @param signIn signs in again after the session has expired; absent when only an access token is known */
export function createApiRetry(signIn?: () => Promise<void>): ApiRetry {
  return (call) => {
    let hasExpired = false;
    const attempt = async () => {
      if (hasExpired) await signIn!().catch(() => undefined); // the call reports the failure
      hasExpired = false;
      return call();
    };
    return retry(attempt, {
      ...POLICY,
      isTransient: (error) => {
        hasExpired = signIn !== undefined && error instanceof ApiError && error.code === 'UNAUTHENTICATED';
        return hasExpired || isTransient(error);
      },
    });
  };
}

export const isTransientCode = (code: string): boolean => TRANSIENT.has(code);

/** True for network errors, for a proxy's HTML page instead of JSON, and for codes in TRANSIENT. */
function isTransient(error: unknown): boolean {
  if (error instanceof ApiError) return isTransientCode(error.code);
  return error instanceof SyntaxError || (error instanceof TypeError && error.message === 'fetch failed');
}
