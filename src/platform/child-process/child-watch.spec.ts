import { excessOf, observed, type Watched } from './child-watch.js';
import { linuxRow, portableRow } from './process-usage.js';

const BEGUN: Watched = { wallSeconds: 0, stillSeconds: 0, cpuSeconds: 0 };
const usage = (cpuSeconds: number, state: 'sleeping' | 'waiting' | 'stopped' = 'sleeping') => ({
  cpuSeconds,
  residentBytes: 0,
  waiting: state === 'waiting',
  stopped: state === 'stopped',
});

/** The state after a child was observed every second with the same usage. */
function after(seconds: number, seen: ReturnType<typeof usage> | undefined, progressed?: boolean): Watched {
  let watched = observed(BEGUN, seen, 0, true);
  for (let i = 0; i < seconds; i++) watched = observed(watched, seen, 1, progressed);
  return watched;
}

describe('ChildWatch limits', () => {
  it('report a child as stalled after 20 s without progress and processor time', () => {
    expect(excessOf(after(19, usage(3), false), 0, { cpuSeconds: 60 })).toBeUndefined();
    expect(excessOf(after(20, usage(3), false), 0, { cpuSeconds: 60 })).toBe('stalled');
  });

  it.each([
    ['reports progress', after(60, usage(3), true)],
    ['waits for a processor or a disk', after(60, usage(3, 'waiting'), false)],
    ['never reports progress and only sleeps', after(60, usage(3))],
    ['has no readable usage', after(60, undefined, false)],
  ])('do not report a child as stalled that %s', (_, watched) => {
    expect(excessOf(watched, 0, { cpuSeconds: 60 })).toBeUndefined();
  });

  it('report a stopped child as stalled, whether or not it reports progress', () => {
    expect(excessOf(after(20, usage(3, 'stopped')), 0, { cpuSeconds: 60 })).toBe('stalled');
  });

  it('allow ten times the processor time as wall time', () => {
    const working = (wallSeconds: number) => ({ wallSeconds, stillSeconds: 0, cpuSeconds: 5 });
    expect(excessOf(working(299), 0, { cpuSeconds: 30 })).toBeUndefined();
    expect(excessOf(working(301), 0, { cpuSeconds: 30 })).toBe('wall');
  });

  it('count processor time from the beginning of the job', () => {
    const seen = { wallSeconds: 1, stillSeconds: 0, cpuSeconds: 25 };
    expect(excessOf(seen, 0, { cpuSeconds: 10 }, 20)).toBeUndefined();
    expect(excessOf(seen, 0, { cpuSeconds: 10 }, 10)).toBe('cpu');
  });

  it('do not count an hour in which the machine was suspended', () => {
    expect(observed(BEGUN, usage(0), 3600, false)).toMatchObject({ wallSeconds: 5, stillSeconds: 5 });
  });
});

describe('the usage of a process', () => {
  it('is read from /proc, even if the process name contains misleading characters', () => {
    const stat = '42 (a) R (b) T 7 42 42 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 0 0 0';
    expect(linuxRow(42, stat, 'Name:\tx\nVmRSS:\t  2048 kB\n')).toEqual({
      pid: 42,
      parent: 7,
      cpuSeconds: 2,
      residentBytes: 2048 * 1024,
      waiting: false,
      stopped: true,
    });
  });

  it.each([
    ['0:00.05', 0.05],
    ['1:02:03', 3723],
    ['2-01:00:00', 176_400],
  ])('is read from ps output with the time %s', (time, cpuSeconds) => {
    expect(portableRow(`  42  7 S+  2048 ${time}`)).toMatchObject({ pid: 42, parent: 7, cpuSeconds });
  });
});
