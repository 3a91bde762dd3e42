import { backoffMs } from '../../platform/async/retry.js';

/** A longer pause would annoy users on a new device, and hold more connections open than it costs an attacker. */
const BACKOFF = { firstPauseMs: 250, longestPauseMs: 4_000 };

/**
 * Pause before the next login to an account, milliseconds; `failures` in the last minute, of which `free` cause none.
 */
export function pauseAfter(failures: number, free: number): number {
  const over = failures - free;
  return over < 0 ? 0 : backoffMs(over + 1, BACKOFF);
}
