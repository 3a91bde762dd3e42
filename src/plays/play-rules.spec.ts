import { describe, expect, it } from '@jest/globals';
import { counts, dayOf, firstDayOf, incrementsOf } from './play-rules.js';

describe('play rules', () => {
  it.each([
    [29.9, 200, false],
    [30, 200, true],
    [30, 60, true],
    [9.9, 20, false],
    [10, 20, true],
    [0, 1, false],
  ])('a play of %d s of a song of %d s counts: %s', (heard, song, expected) => {
    expect(counts(heard, song)).toBe(expected);
  });

  it('a play is added to the bucket of its day in UTC and to that of all time', () => {
    const at = (time: string) => ({ songId: 'a', at: new Date(time) });
    expect(
      incrementsOf([at('2026-11-22T23:59:59Z'), at('2026-11-23T00:00:00Z'), at('2026-11-23T12:00:00Z')]),
    ).toEqual([
      { id: '2026-11-22:a', day: '2026-11-22', songId: 'a', plays: 1 },
      { id: 'all:a', day: 'all', songId: 'a', plays: 3 },
      { id: '2026-11-23:a', day: '2026-11-23', songId: 'a', plays: 2 },
    ]);
  });

  it('a period of n days begins n - 1 days before today', () => {
    const now = new Date('2026-03-01T00:30:00Z');
    expect([dayOf(now), firstDayOf(1, now), firstDayOf(7, now)]).toEqual([
      '2026-03-01',
      '2026-03-01',
      '2026-02-23',
    ]);
  });
});
