import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { PeriodicTask } from './periodic-task.js';

describe('PeriodicTask', () => {
  it('continues after a failed round and reports it', async () => {
    const reported: string[] = [];
    let count = 0;
    const rounds = new PeriodicTask(
      async () => {
        if (++count === 1) throw new Error('the first');
      },
      1,
      (e) => reported.push(e.message),
    );
    rounds.start();
    while (count < 3) await sleep(1);
    await rounds.stop();
    expect(reported).toEqual(['the first']);
  });

  it('never runs two rounds at once, and stop waits for the one in progress', async () => {
    let running = 0;
    let most = 0;
    let ended = 0;
    const rounds = new PeriodicTask(
      async () => {
        most = Math.max(most, ++running);
        await sleep(15);
        running--;
        ended++;
      },
      1,
      () => undefined,
    );
    rounds.start();
    while (running === 0) await sleep(1);
    await rounds.stop();
    expect({ running, most, ended }).toEqual({ running: 0, most: 1, ended: 1 });
    await sleep(30);
    expect(ended).toBe(1);
  });
});
