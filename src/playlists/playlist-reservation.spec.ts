import { describe, expect, it } from '@jest/globals';
import { amountOf, isRecountDue, NOTHING, obstacleTo } from './playlist-reservation.js';

const NOW = new Date('2026-11-28T12:00:00Z');
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

describe('the amount of some entries', () => {
  it('is their number and the sum of their playing times', () => {
    expect(amountOf([{ seconds: 2.5 }, { seconds: 3 }])).toEqual({ held: 2, seconds: 5.5 });
    expect(amountOf([])).toEqual(NOTHING);
  });
});

describe('the obstacle to a reservation', () => {
  const one = { held: 1, seconds: 3 };

  it('is none while there is a place left', () => {
    expect(obstacleTo(one, { arrangingUntil: null, held: 9_999 }, NOW)).toBeNull();
  });

  it('is a full playlist, which still takes edits that need no place', () => {
    expect(obstacleTo(one, { arrangingUntil: null, held: 10_000 }, NOW)).toBe('FULL');
    expect(obstacleTo(NOTHING, { arrangingUntil: null, held: 10_000 }, NOW)).toBeNull();
  });

  it('is the shortening of keys until its time is over', () => {
    expect(obstacleTo(NOTHING, { arrangingUntil: secondsAgo(-1), held: 1 }, NOW)).toBe('SHORTENING');
    expect(obstacleTo(NOTHING, { arrangingUntil: NOW, held: 1 }, NOW)).toBeNull();
  });
});

describe('a recount', () => {
  const atRest = secondsAgo(61);

  it('is never due while an edit may be in progress', () => {
    expect(isRecountDue({ touchedAt: secondsAgo(60), countedAt: null }, NOW, true)).toBe(false);
  });

  it('is due at rest after an edit, after an hour, and after a reader missed a song', () => {
    expect(isRecountDue({ touchedAt: atRest, countedAt: null }, NOW, false)).toBe(true);
    expect(isRecountDue({ touchedAt: atRest, countedAt: secondsAgo(3_601) }, NOW, false)).toBe(true);
    expect(isRecountDue({ touchedAt: atRest, countedAt: secondsAgo(10) }, NOW, true)).toBe(true);
  });

  it('is not due while the count is fresh', () => {
    expect(isRecountDue({ touchedAt: atRest, countedAt: secondsAgo(3_600) }, NOW, false)).toBe(false);
  });
});
