import { readFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';

/** Linux' account of the time in which somebody had to wait for a processor (Documentation/accounting/psi.rst). */
const ACCOUNT = '/proc/pressure/cpu';
/** From this share of the time on the machine is too busy to judge by the clock how well others are. */
const BUSY_SHARE = 0.9;
/** As many runnable processes per processor mean the same where the kernel keeps no account. */
const BUSY_LOAD = 2;

/** Begins a measurement of the processors; what it returns says whether they were too few since then. */
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
