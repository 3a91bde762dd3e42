import { FAKETIME } from './programs.js';

/** Environment of a process whose clock is this many seconds ahead (negative: behind); its timers are unaffected. */
export function wrongClock(aheadSeconds: number): Record<string, string> {
  return {
    LD_PRELOAD: FAKETIME,
    FAKETIME: `${aheadSeconds < 0 ? '' : '+'}${aheadSeconds}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // Child processes would share a counter in shared memory, and leave it behind.
    FAKETIME_DISABLE_SHM: '1',
  };
}
