import { describe, expect, it } from '@jest/globals';
import { backoffMs, every, IMMEDIATELY, retry } from './retry.js';

const BACKOFF = { firstPauseMs: 200, longestPauseMs: 8_000, jitter: 0.5 };
const QUICK = { firstPauseMs: 1, longestPauseMs: 4, attempts: 3 };

/** Fails until the given attempt, and keeps the attempts it was called with. */
function failingUntil(success: number) {
  const calls: number[] = [];
  const work = async (attempt: number) => {
    calls.push(attempt);
    if (attempt < success) throw new Error(`no ${attempt}`);
    return 'here';
  };
  return { work, calls };
}

describe('backoffMs', () => {
  it('doubles the pause after each failure up to a limit, half of it random', () => {
    expect([1, 2, 3].map((failures) => backoffMs(failures, BACKOFF, 0))).toEqual([100, 200, 400]);
    expect(backoffMs(1, BACKOFF, 0.999)).toBeCloseTo(200, 0);
    expect(backoffMs(50, BACKOFF, 0)).toBe(BACKOFF.longestPauseMs / 2);
  });

  it('leaves nothing to chance without jitter', () => {
    expect([1, 2, 9].map((failures) => backoffMs(failures, every(300)))).toEqual([300, 300, 300]);
    expect(backoffMs(3, { firstPauseMs: 5, longestPauseMs: Infinity })).toBe(20);
  });

  it('stays a number however many failures there were', () => {
    expect(backoffMs(100_000, IMMEDIATELY)).toBe(0);
    expect(backoffMs(100_000, BACKOFF, 0)).toBe(4_000);
  });
});

describe('retry', () => {
  it('retries transient failures up to the limit, and other failures never', async () => {
    const { work, calls } = failingUntil(9);
    await expect(retry(work, QUICK)).rejects.toThrow('no 3');
    await expect(retry(work, { ...QUICK, isTransient: () => false })).rejects.toThrow('no 1');
    expect(calls).toEqual([1, 2, 3, 1]);
  });

  it('resolves with the first success', async () => {
    await expect(retry(failingUntil(3).work, QUICK)).resolves.toBe('here');
  });

  it('stops when the time since the first failure is over', async () => {
    const { work, calls } = failingUntil(Infinity);
    await expect(retry(work, { ...every(20), withinMs: 50 })).rejects.toThrow(/^no/);
    expect(calls.length).toBeGreaterThan(1);
    expect(calls.length).toBeLessThan(6);
  });

  it('reports each failure with the pause after it, which the other side may ask for within the limit', async () => {
    const reported: [string, number][] = [];
    await retry(failingUntil(4).work, {
      ...QUICK,
      attempts: 4,
      askedPauseMs: (error) => ({ 'no 2': 3, 'no 3': 1_000 })[(error as Error).message] ?? null,
      onFailure: ({ message }, pauseMs) => reported.push([message, pauseMs]),
    });
    expect(reported).toEqual([
      ['no 1', 1],
      ['no 2', 3],
      ['no 3', 4],
    ]);
  });

  it('pauses before the first attempt when the call has failed already', async () => {
    const began = performance.now();
    await retry(failingUntil(1).work, { ...every(30), hasFailed: true });
    expect(performance.now() - began).toBeGreaterThan(25);
  });

  it('ends a pause with the reason of its signal and makes no further attempt', async () => {
    const { work, calls } = failingUntil(2);
    const over = new AbortController();
    const retrying = retry(work, { ...every(60_000), signal: over.signal });
    setTimeout(() => over.abort(new Error('shutting down')), 5);
    await expect(retrying).rejects.toThrow('shutting down');
    expect(calls).toEqual([1]);
  });

  it('does not begin when its signal was aborted before', async () => {
    const { work, calls } = failingUntil(1);
    await expect(retry(work, { ...QUICK, signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow(
      'over',
    );
    expect(calls).toEqual([]);
  });
});
