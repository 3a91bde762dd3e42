import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Lease } from './lease.service.js';
import { PeriodicTask, type PeriodicTaskOptions } from './periodic-task.js';

const FOREVER_MS = 3600_000;

function taskOf(work: PeriodicTaskOptions['work'], options: Partial<PeriodicTaskOptions> = {}) {
  return new PeriodicTask({ work, pauseMs: 1, onFailure: () => undefined, ...options });
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(1);
}

describe('PeriodicTask', () => {
  it('continues after a failed round and reports it', async () => {
    const reported: string[] = [];
    let count = 0;
    const work = async () => {
      if (++count === 1) throw new Error('the first');
    };
    const task = taskOf(work, { onFailure: (e) => reported.push(e.message) });
    task.start();
    await until(() => count >= 3);
    await task.stop();
    expect(reported).toEqual(['the first']);
  });

  it('never runs two rounds at once, and stop waits for the one in progress', async () => {
    let running = 0;
    let most = 0;
    let ended = 0;
    const task = taskOf(async () => {
      most = Math.max(most, ++running);
      await sleep(15);
      running--;
      ended++;
    });
    task.start();
    await until(() => running > 0);
    await task.stop();
    expect({ running, most, ended }).toEqual({ running: 0, most: 1, ended: 1 });
    await sleep(30);
    expect(ended).toBe(1);
  });

  it('tells a round in progress when it is stopped', async () => {
    let isTold = false;
    let isRunning = false;
    const task = taskOf(async (signal) => {
      isRunning = true;
      await sleep(FOREVER_MS, undefined, { signal }).catch(() => (isTold = true));
    });
    task.start();
    await until(() => isRunning);
    await task.stop();
    expect(isTold).toBe(true);
  });

  describe('runSoon', () => {
    it('begins a round without waiting for the pause', async () => {
      let rounds = 0;
      const task = taskOf(async () => void rounds++, { pauseMs: FOREVER_MS });
      task.start();
      task.runSoon();
      await task.stop();
      expect(rounds).toBe(1);
    });

    it('begins one more round after the one in progress, however often it is called', async () => {
      let rounds = 0;
      let release!: () => void;
      const held = new Promise<void>((resolve) => (release = resolve));
      const task = taskOf(() => (++rounds === 1 ? held : Promise.resolve()), { pauseMs: FOREVER_MS });
      for (let i = 0; i < 3; i++) task.runSoon();
      expect(rounds).toBe(1);
      release();
      await until(() => rounds === 2);
      await sleep(5);
      await task.stop();
      expect(rounds).toBe(2);
    });

    it('does nothing after stop', async () => {
      let rounds = 0;
      const task = taskOf(async () => void rounds++);
      await task.stop();
      task.runSoon();
      await sleep(5);
      expect(rounds).toBe(0);
    });
  });

  it('runs beside other work with during, and stops with it', async () => {
    let rounds = 0;
    const task = taskOf(async () => void rounds++);
    await expect(task.during(() => until(() => rounds >= 2).then(() => 'done'))).resolves.toBe('done');
    const atEnd = rounds;
    await sleep(10);
    expect(rounds).toBe(atEnd);
  });

  it('takes its lease for two pauses and releases it when it is stopped', async () => {
    const calls: unknown[] = [];
    const lease = {
      during: async (name: string, seconds: number) => (calls.push([name, seconds]), null),
      release: async (name: string) => void calls.push(['release', name]),
    } as unknown as Lease;
    let rounds = 0;
    const task = taskOf(async () => void rounds++, { inOneProcess: { lease, name: 'sweep' }, pauseMs: 500 });
    task.runSoon();
    await task.stop();
    expect({ calls, rounds }).toEqual({
      calls: [
        ['sweep', 1],
        ['release', 'sweep'],
      ],
      rounds: 0,
    });
  });
});
