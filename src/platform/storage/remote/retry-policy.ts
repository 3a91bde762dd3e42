import { retry as retryBy } from '../../async/retry.js';

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

/** Repeats `work` until it succeeds, fails with an error that is not transient, or has had all its attempts. */
export function retry<T>(
  work: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  { tries: attempts, firstPauseMs, longestPauseMs }: RetryPolicy,
): Promise<T> {
  return retryBy(work, { attempts, firstPauseMs, longestPauseMs, jitter: 0.5, isTransient });
}
