import { setTimeout as sleep } from 'node:timers/promises';

/** How long the pauses between attempts are: the first one doubles with every further failure, up to the longest. */
export interface Backoff {
  /** Milliseconds. */
  firstPauseMs: number;
  /** Milliseconds. The same as `firstPauseMs`: all pauses are equally long. */
  longestPauseMs: number;
  /** Share of each pause that chance decides, 0 to 1, so that calls that failed together are not repeated together. */
  jitter?: number;
}

/** When a failed call is repeated. */
export interface RetryPolicy extends Backoff {
  /** Number of attempts, including the first. Without it there is no limit. */
  attempts?: number;
  /** Time after the first failure within which an attempt must fail to be repeated, milliseconds. */
  withinMs?: number;
  /** Whether the same call may succeed after this error. Without it every error is repeated. */
  isTransient?(error: unknown): boolean;
  /** A pause that the other side asked for with its error, milliseconds, instead of the one computed; also limited. */
  askedPauseMs?(error: unknown): number | null;
  /** Called before each pause. */
  onFailure?(error: Error, pauseMs: number): void;
  /** Ends the pause and the attempts. */
  signal?: AbortSignal;
  /** True: a pause does not keep the process alive. */
  isBackground?: boolean;
  /** True: an attempt has failed already, so that the first one made here comes after a pause. */
  hasFailed?: boolean;
}

/** Equally long pauses. */
export const every = (pauseMs: number): Backoff => ({ firstPauseMs: pauseMs, longestPauseMs: pauseMs });

/** No pauses, for conflicts that are over when they are noticed. */
export const IMMEDIATELY: Backoff = every(0);

/**
 * The pause after the `failures`-th failure in a row (1, 2, …), milliseconds. `chance`, in [0, 1), decides the share
 * that `jitter` leaves to it.
 */
export function backoffMs(
  failures: number,
  { firstPauseMs, longestPauseMs, jitter = 0 }: Backoff,
  chance = Math.random(),
): number {
  // Bounded, because 0 times infinity is no number.
  const doubled = firstPauseMs * 2 ** Math.min(failures - 1, 60);
  return Math.min(doubled, longestPauseMs) * (1 - jitter + jitter * chance);
}

/**
 * Calls `work` with the number of the attempt (1, 2, …) until it succeeds. Rejects with the last error if that is not
 * transient or the policy allows no further attempt, and with the signal's reason if the signal aborts in a pause.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, policy: RetryPolicy): Promise<T> {
  const { attempts = Infinity, withinMs = Infinity, isTransient = () => true, signal } = policy;
  let failures = 0;
  let deadline = Infinity;
  if (policy.hasFailed) {
    deadline = performance.now() + withinMs;
    await pause(backoffMs(++failures, policy), policy);
  }
  signal?.throwIfAborted();
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      const isOver = attempt >= attempts || performance.now() > deadline || signal?.aborted;
      if (isOver || !isTransient(error)) throw error;
      if (++failures === 1) deadline = performance.now() + withinMs;
      const asked = policy.askedPauseMs?.(error) ?? backoffMs(failures, policy);
      const pauseMs = Math.min(asked, policy.longestPauseMs);
      policy.onFailure?.(error as Error, pauseMs);
      await pause(pauseMs, policy);
    }
  }
}

/** Rejects with the signal's reason as soon as the signal aborts. */
async function pause(milliseconds: number, { signal, isBackground = false }: RetryPolicy): Promise<void> {
  if (milliseconds > 0)
    await sleep(milliseconds, undefined, { signal, ref: !isBackground }).catch(() => undefined);
  signal?.throwIfAborted();
}
