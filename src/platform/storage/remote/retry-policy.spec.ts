import { DEFAULT_RETRY_POLICY, backoffMs, retry } from './retry-policy.js';

const quick = { ...DEFAULT_RETRY_POLICY, tries: 3, firstPauseMs: 1 };

describe('patience', () => {
  it('waits twice as long each time, up to a limit, half of it left to chance', () => {
    expect([1, 2, 3].map((attempt) => backoffMs(attempt, DEFAULT_RETRY_POLICY, 0))).toEqual([100, 200, 400]);
    expect(backoffMs(1, DEFAULT_RETRY_POLICY, 0.999)).toBeCloseTo(200, 0);
    expect(backoffMs(50, DEFAULT_RETRY_POLICY, 0)).toBe(DEFAULT_RETRY_POLICY.longestPauseMs / 2);
  });

  it('asks again while the failure may pass, and only so often', async () => {
    let asked = 0;
    const work = () => Promise.reject(new Error(`no ${++asked}`));
    await expect(retry(work, () => true, quick)).rejects.toThrow('no 3');
    asked = 0;
    await expect(retry(work, () => false, quick)).rejects.toThrow('no 1');
  });

  it('returns the first answer there is', async () => {
    let asked = 0;
    const work = () => (++asked < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve('here'));
    await expect(retry(work, () => true, quick)).resolves.toBe('here');
  });
});
