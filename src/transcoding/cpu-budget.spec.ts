import type { Config } from '../platform/config/config.js';
import { QUALITIES } from '../songs/processing/quality.js';
import { CpuBudget } from './cpu-budget.js';
import { PackProgress } from './pack-progress.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('CpuBudget', () => {
  let cpus: CpuBudget;
  let log: string[];
  let doors: Record<string, () => void>;

  beforeEach(() => {
    cpus = new CpuBudget({ TRANSCODE_CPUS: 2 } as Config);
    log = [];
    doors = {};
  });

  const work = (name: string, signal?: AbortSignal) =>
    cpus.run(() => {
      log.push(name);
      return new Promise<void>((resolve) => (doors[name] = resolve));
    }, signal);

  it('never runs more encoders than it has processors, first come first served', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => work(name));
    await tick();
    expect(log).toEqual(['a', 'b']);
    doors.b!();
    await tick();
    expect(log).toEqual(['a', 'b', 'c']);
    doors.a!();
    await tick();
    expect(log).toEqual(['a', 'b', 'c', 'd']);
    doors.c!();
    doors.d!();
    await Promise.all(all);
  });

  it('lets a cancelled song leave the queue without using its turn', async () => {
    const cancel = new AbortController();
    void work('a');
    void work('b');
    const waiting = work('c', cancel.signal);
    void work('d');
    cancel.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    doors.a!();
    await tick();
    expect(log).toEqual(['a', 'b', 'd']);
  });

  it('gives the processor back after a failure', async () => {
    const failing = () => cpus.run(() => Promise.reject(new Error('broken')));
    for (let i = 0; i < 3; i++) await expect(failing()).rejects.toThrow('broken');
    await expect(cpus.run(() => Promise.resolve('fine'))).resolves.toBe('fine');
  });

  it('does not begin what was cancelled before', async () => {
    await expect(work('a', AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
    expect(log).toEqual([]);
  });
});

describe('PackProgress', () => {
  it('tells whole percents of the song and of each quality, never falling', () => {
    const told: [number, Record<string, number>][] = [];
    const progress = new PackProgress(QUALITIES, 100, (percent, each) => told.push([percent, each]));
    progress.advance(QUALITIES[3]!, 50);
    progress.advance(QUALITIES[3]!, 50.5);
    progress.advance(QUALITIES[3]!, 20);
    progress.advance(QUALITIES[0]!, 100.02);
    expect(told).toEqual([
      [12, { '64k': 0, '128k': 0, '256k': 0, '320k': 50 }],
      [37, { '64k': 100, '128k': 0, '256k': 0, '320k': 50 }],
    ]);
  });
});
