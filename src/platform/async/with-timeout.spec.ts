import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { withTimeout } from './with-timeout.js';

const never = () => new Promise<string>(() => undefined);

describe('withTimeout', () => {
  it('resolves with an answer that is in time, and rejects with its error', async () => {
    await expect(withTimeout(1_000, Promise.resolve('here'))).resolves.toBe('here');
    await expect(withTimeout(1_000, Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  });

  it('rejects when the answer is late', async () => {
    await expect(withTimeout(5, never())).rejects.toThrow('no answer within 5 ms');
  });

  it('answers with what onTimeout returns or throws', async () => {
    await expect(withTimeout(5, never(), () => undefined)).resolves.toBeUndefined();
    await expect(withTimeout(5, never(), async () => 'the last one')).resolves.toBe('the last one');
    const refuse = () => {
      throw new Error('silent');
    };
    await expect(withTimeout(5, never(), refuse)).rejects.toThrow('silent');
  });

  it('does not call onTimeout after the answer', async () => {
    let calls = 0;
    await withTimeout(5, Promise.resolve(), () => ++calls);
    await sleep(30);
    expect(calls).toBe(0);
  });

  it('accepts an answer that became due while the process was busy', async () => {
    const answer = new Promise<string>((resolve) =>
      setTimeout(() => setImmediate(() => resolve('late')), 10),
    );
    const answered = withTimeout(5, answer);
    const busyUntil = performance.now() + 40;
    while (performance.now() < busyUntil);
    await expect(answered).resolves.toBe('late');
  });

  it('ignores the error of a late answer', async () => {
    const fails = sleep(20).then(() => Promise.reject(new Error('too late to matter')));
    await expect(withTimeout(5, fails, () => 'default')).resolves.toBe('default');
    await sleep(30);
  });
});
