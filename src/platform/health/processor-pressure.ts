import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';

/** Linux counts here the time in which a process waited for a processor (Documentation/accounting/psi.rst). */
const ACCOUNT = '/proc/pressure/cpu';
/** From this share of the time on, the machine is so busy that a late answer says nothing about the service. */
const BUSY_SHARE = 0.9;
/** The same limit where the kernel has no such count: runnable processes per processor. */
const BUSY_LOAD = 2;

/** Begins to measure processor pressure; the returned function says whether it was above the limit since then. */
export function watchProcessors(): () => Promise<boolean> {
  const [began, before] = [performance.now(), waitedMs()];
  return async () => {
    const [from, to] = await Promise.all([before, waitedMs()]);
    if (from === undefined || to === undefined) return loadavg()[0]! > BUSY_LOAD * availableParallelism();
    return (to - from) / (performance.now() - began) > BUSY_SHARE;
  };
}

/** Milliseconds since the machine started; undefined where the kernel does not count them. */
async function waitedMs(): Promise<number | undefined> {
  const account = await readFile(ACCOUNT, 'utf8').catch(() => '');
  const total = /^some .*total=(\d+)/m.exec(account)?.[1];
  return total === undefined ? undefined : Number(total) / 1_000;
}
