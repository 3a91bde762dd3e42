import { describe, expect, it } from '@jest/globals';
import { pauseAfter } from './attempt-pause.js';

describe('the pause before a password check', () => {
  it('is zero below the number of free failures', () => {
    expect([0, 1, 9].map((failures) => pauseAfter(failures, 10))).toEqual([0, 0, 0]);
  });

  it('doubles with each further failure up to four seconds', () => {
    expect([10, 11, 12, 13, 14, 15, 5_000].map((failures) => pauseAfter(failures, 10))).toEqual([
      250, 500, 1000, 2000, 4000, 4000, 4000,
    ]);
  });
});
