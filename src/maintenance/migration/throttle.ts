import { setTimeout as sleep } from 'node:timers/promises';
import type { Throttle } from '../../platform/storage/checked-copy.js';

/** Limits the throughput of all senders together. After a pause of the senders the rate is not exceeded to catch up. */
export function throttle(bytesPerSecond: number, now: () => number = () => performance.now()): Throttle {
  let free = now();
  return async (bytes) => {
    const at = Math.max(free, now());
    free = at + (bytes / bytesPerSecond) * 1000;
    const wait = at - now();
    if (wait > 1) await sleep(wait);
  };
}
