import { describe, expect, it } from '@jest/globals';
import { grant } from './request-budget.js';

const START = new Date('2026-01-01T00:00:00Z');
const after = (ms: number) => new Date(START.getTime() + ms);

describe('request budget', () => {
  it('starts with the requests of one hour', () => {
    expect(grant(null, 2_400, START).left).toBe(100);
  });

  it('grants at most the requests of 25 hours per day, however often it is called', () => {
    let budget = grant(null, 2_400, START);
    let spent = 0;
    for (let minute = 0; minute < 24 * 60; minute++) {
      budget = grant(budget, 2_400, after(minute * 60_000));
      while (budget.left >= 1) {
        budget = { ...budget, left: budget.left - 1 };
        spent++;
      }
    }
    expect(spent).toBeGreaterThan(2_300);
    expect(spent).toBeLessThanOrEqual(2_500);
  });

  it('does not accumulate over a week without checks', () => {
    const budget = grant({ left: 0, grantedAt: START }, 2_400, after(7 * 86_400_000));
    expect(budget.left).toBe(100);
  });

  it('settles an overdraft before it grants requests again', () => {
    const overdrawn = { left: -10, grantedAt: START };
    expect(grant(overdrawn, 2_400, after(6 * 60_000)).left).toBe(0);
  });

  it('loses nothing if the database’s clock is set back', () => {
    expect(grant({ left: 5, grantedAt: after(60_000) }, 2_400, START).left).toBe(5);
  });
});
