const FIRST_MS = 250;
/** Longer would make a person who comes from a new device give up, and hold more connections open than it costs a guesser. */
const LONGEST_MS = 4_000;

/** How long the next try at an account waits after so many failures in the last minute, milliseconds. `free` of them cost nothing. */
export function pauseAfter(failures: number, free: number): number {
  const over = failures - free;
  return over < 0 ? 0 : Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(over, 20));
}
