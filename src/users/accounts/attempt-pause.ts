const FIRST_MS = 250;
/** A longer pause would annoy users on a new device, and hold more connections open than it costs an attacker. */
const LONGEST_MS = 4_000;

/**
 * Pause before the next login to an account, milliseconds; `failures` in the last minute, of which `free` cause none.
 */
export function pauseAfter(failures: number, free: number): number {
  const over = failures - free;
  return over < 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(over, 20));
}
