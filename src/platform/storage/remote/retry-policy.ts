import type { RetryPolicy } from '../../async/retry.js';

/** How often a request to a remote store is tried, and how long each attempt may take. */
export interface StoreRetryPolicy extends RetryPolicy {
  attempts: number;
  /** Time-out for opening a connection, milliseconds. */
  connectMs: number;
  /** How long a store may send nothing in the middle of a request, milliseconds. */
  idleMs: number;
  /** The same while a store copies an object within itself, milliseconds. */
  copyIdleMs: number;
}

/** About twelve seconds of pauses, so that the later attempts reach a store that sheds load or restarts. */
export const DEFAULT_RETRY_POLICY: StoreRetryPolicy = {
  attempts: 7,
  firstPauseMs: 200,
  longestPauseMs: 8_000,
  jitter: 0.5,
  connectMs: 5_000,
  idleMs: 20_000,
  copyIdleMs: 300_000,
};
