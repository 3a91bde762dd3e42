import { DEFAULT_RETRY_POLICY, backoffMs, retry } from './retry-policy.js';

const quick = { ...DEFAULT_RETRY_POLICY, tries: 3, firstPauseMs: 1 };

describe('retry', () => {
  it('doubles the pause after each attempt up to a limit, half of it random', () => {
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, DEFAULT_RETRY_POLICY, 0))).toEqual([100, 200, 400]);
    expect(backoffMs(1, DEFAULT_RETRY_POLICY, 0.999)).toBeCloseTo(200, 0);
    expect(backoffMs(50, DEFAULT_RETRY_POLICY, 0)).toBe(DEFAULT_RETRY_POLICY.longestPauseMs / 2);
  });

  it('retries transient failures up to the limit, and other failures never', async () => {
    let asked = 0;
    const work = () => Promise.reject(new Error(`no ${++asked}`));
    await expect(retry(work, () => true, quick)).rejects.toThrow('no 3');
    asked = 0;
    await expect(retry(work, () => false, quick)).rejects.toThrow('no 1');
  });

  it('resolves with the first success', async () => {
    let asked = 0;
    const work = () => (++asked < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve('here'));
    await expect(retry(work, () => true, quick)).resolves.toBe('here');
  });
});
