import type { Config } from '../platform/config/config.js';
import { QUALITIES } from '../songs/processing/quality.js';
import { CpuBudget } from './cpu-budget.service.js';
import { PackProgress } from './pack-progress.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('CpuBudget', () => {
  let cpus: CpuBudget;
  let log: string[];
  let finish: Record<string, () => void>;

  beforeEach(() => {
    cpus = new CpuBudget({ TRANSCODE_CPUS: 2 } as Config);
    log = [];
    finish = {};
  });

  const work = (name: string, signal?: AbortSignal) =>
    cpus.run(() => {
      log.push(name);
      return new Promise<void>((resolve) => (finish[name] = resolve));
    }, signal);

  it('never runs more encoders than processors, and starts them in order of arrival', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => work(name));
    await tick();
    expect(log).toEqual(['a', 'b']);
    finish.b!();
    await tick();
    expect(log).toEqual(['a', 'b', 'c']);
    finish.a!();
    await tick();
    expect(log).toEqual(['a', 'b', 'c', 'd']);
    finish.c!();
    finish.d!();
    await Promise.all(all);
  });

  it('removes a cancelled song from the queue without using a processor for it', async () => {
    const cancel = new AbortController();
    void work('a');
    void work('b');
    const waiting = work('c', cancel.signal);
    void work('d');
    cancel.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    finish.a!();
    await tick();
    expect(log).toEqual(['a', 'b', 'd']);
  });

  it('releases the processor after a failure', async () => {
    const failing = () => cpus.run(() => Promise.reject(new Error('broken')));
    for (let i = 0; i < 3; i++) await expect(failing()).rejects.toThrow('broken');
    await expect(cpus.run(() => Promise.resolve('fine'))).resolves.toBe('fine');
  });

  it('does not start work that was cancelled before', async () => {
    await expect(work('a', AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
    expect(log).toEqual([]);
  });
});

describe('PackProgress', () => {
  it('reports whole percents of the song and of each quality that never decrease', () => {
    const reported: [number, Record<string, number>][] = [];
    const progress = new PackProgress(QUALITIES, 100, (percent, each) => reported.push([percent, each]));
    progress.advance(QUALITIES[3]!, 50);
    progress.advance(QUALITIES[3]!, 50.5);
    progress.advance(QUALITIES[3]!, 20);
    progress.advance(QUALITIES[0]!, 100.02);
    expect(reported).toEqual([
      [12, { '64k': 0, '128k': 0, '256k': 0, '320k': 50 }],
      [37, { '64k': 100, '128k': 0, '256k': 0, '320k': 50 }],
    ]);
  });
});
