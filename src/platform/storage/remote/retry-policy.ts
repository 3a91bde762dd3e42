import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how often a remote store is asked. */
export interface RetryPolicy {
  /** Times the same request is made in all. */
  tries: number;
  /** Before the second try, milliseconds; doubles each time. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** For a connection to come about, milliseconds. */
  connectMs: number;
  /** How long a store may say nothing at all in the middle of a request, milliseconds. */
  idleMs: number;
  /** The same of a store that copies within itself, milliseconds. */
  copyIdleMs: number;
}

/** About twelve seconds of pauses: a store that sheds load or is started again is met by the later tries. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  tries: 7,
  firstPauseMs: 200,
  longestPauseMs: 8_000,
  connectMs: 5_000,
  idleMs: 20_000,
  copyIdleMs: 300_000,
};

/**
 * Pause after the `attempt`-th try (1, 2, …), milliseconds. `chance` in [0, 1): half of it is left to chance, so that
 * eight transfers refused together do not come back together.
 */
export function backoffMs(
  attempt: number,
  { firstPauseMs, longestPauseMs }: RetryPolicy,
  chance: number,
): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs) * (0.5 + chance / 2);
}

/** Does `work` until it succeeds, fails with what does not pass, or patience ends; rejects with the last failure. */
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
