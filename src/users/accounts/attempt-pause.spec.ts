import { describe, expect, it } from '@jest/globals';
import { pauseAfter } from './attempt-pause.js';

describe('the pause before a try at a password', () => {
  it('is none while failures are few', () => {
    expect([0, 1, 9].map((failures) => pauseAfter(failures, 10))).toEqual([0, 0, 0]);
  });

  it('doubles with every further failure and ends at four seconds, however many there are', () => {
    expect([10, 11, 12, 13, 14, 15, 5_000].map((failures) => pauseAfter(failures, 10))).toEqual([
      250, 500, 1000, 2000, 4000, 4000, 4000,
    ]);
  });
});
