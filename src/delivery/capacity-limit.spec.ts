import { describe, expect, it } from '@jest/globals';
import { limitOf } from './capacity-limit.js';

describe('what is left under a limit', () => {
  it('is told in songs like those there are', () => {
    expect(limitOf('Media store', 1_000, 300, 10)).toMatchObject({ songsLeft: 23, warning: false });
  });

  it('is unknown while there is no song, and never less than none', () => {
    expect(limitOf('Media store', 1_000, 0, 0).songsLeft).toBeNull();
    expect(limitOf('Media store', 1_000, 1_500, 10)).toMatchObject({ songsLeft: 0, warning: true });
  });

  it('warns from 80 % on', () => {
    expect(limitOf('Media store', 1_000, 799, 10).warning).toBe(false);
    expect(limitOf('Media store', 1_000, 800, 10).warning).toBe(true);
  });
});
