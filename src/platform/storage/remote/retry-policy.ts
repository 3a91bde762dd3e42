import { setTimeout as sleep } from 'node:timers/promises';

/** How often a request to a remote store is tried, and how long each attempt may take. */
export interface RetryPolicy {
  /** Attempts of one request, including the first. */
  tries: number;
  /** Pause before the second attempt, milliseconds; doubles each time. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** Time-out for opening a connection, milliseconds. */
  connectMs: number;
  /** How long a store may send nothing in the middle of a request, milliseconds. */
  idleMs: number;
  /** The same while a store copies an object within itself, milliseconds. */
  copyIdleMs: number;
}

/** About twelve seconds of pauses, so that the later attempts reach a store that sheds load or restarts. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  tries: 7,
  firstPauseMs: 200,
  longestPauseMs: 8_000,
  connectMs: 5_000,
  idleMs: 20_000,
  copyIdleMs: 300_000,
};

/**
 * Pause after the `attempt`-th attempt (1, 2, …), milliseconds. `chance` in [0, 1) decides half of the pause, so that
 * transfers that were refused together are not retried together.
 */
export function backoffMs(
  attempt: number,
  { firstPauseMs, longestPauseMs }: RetryPolicy,
  chance: number,
): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) * (0.5 + chance / 2);
}

/** Repeats `work` until it succeeds, fails with an error that is not transient, or has had all its attempts. */
export async function retry<T>(
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  retryPolicy: RetryPolicy,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= retryPolicy.tries || !isTransient(error)) throw error;
      await sleep(backoffMs(attempt, retryPolicy, Math.random()));
    }
  }
}
