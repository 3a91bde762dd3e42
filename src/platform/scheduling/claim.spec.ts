import { describe, expect, it } from '@jest/globals';
import { Claim } from './claim.js';

const NOW = new Date('2026-11-28T12:00:00Z');
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

describe('Claim', () => {
  const claim = new Claim({ until: 'heldUntil', holder: 'heldBy' }, 30_000);

  it('takes a record that nobody holds, or that somebody held until now', () => {
    expect(claim.free(NOW)).toEqual({ $or: [{ heldUntil: null }, { heldUntil: { $lte: NOW } }] });
    expect(claim.taken(NOW, 'me')).toEqual({ heldUntil: later(30), heldBy: 'me' });
  });

  it('lets its holder take it again', () => {
    expect(claim.freeFor('me', NOW).$or).toContainEqual({ heldBy: 'me' });
  });

  it('leaves nothing of itself when released', () => {
    expect(claim.released).toEqual({ heldUntil: null, heldBy: null });
  });

  it('is held until exactly its end, when another may take it', () => {
    expect([null, later(-1), NOW, later(1)].map((time) => claim.isHeld(time, NOW))).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  describe('with the time at which it began', () => {
    const since = new Claim({ since: 'markedAt' }, 60_000);

    it('is over when that is long ago', () => {
      expect(since.free(NOW)).toEqual({ $or: [{ markedAt: null }, { markedAt: { $lte: later(-60) } }] });
      expect(since.taken(NOW)).toEqual({ markedAt: NOW });
      expect(since.released).toEqual({ markedAt: null });
      expect([later(-60), later(-59)].map((time) => since.isHeld(time, NOW))).toEqual([false, true]);
    });
  });
});
