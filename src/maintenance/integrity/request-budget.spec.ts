import { describe, expect, it } from '@jest/globals';
import { grant } from './request-budget.js';

const START = new Date('2026-01-01T00:00:00Z');
const after = (ms: number) => new Date(START.getTime() + ms);

describe('the budget of requests', () => {
  it('begins with an hour’s worth', () => {
    expect(grant(null, 2_400, START).left).toBe(100);
  });

  it('never grants more than a day’s worth and an hour’s in a day, however often it is asked', () => {
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

  it('does not catch up on a week in which nobody looked', () => {
    const budget = grant({ left: 0, grantedAt: START }, 2_400, after(7 * 86_400_000));
    expect(budget.left).toBe(100);
  });

  it('pays off what one look has spent too much before it grants again', () => {
    const overdrawn = { left: -10, grantedAt: START };
    expect(grant(overdrawn, 2_400, after(6 * 60_000)).left).toBe(0);
  });

  it('takes nothing away when the database’s clock is set back', () => {
    expect(grant({ left: 5, grantedAt: after(60_000) }, 2_400, START).left).toBe(5);
  });
});
