import { describe, expect, it } from '@jest/globals';
import { limitOf } from './capacity-limit.js';
import { CapacityResource } from './capacity.js';

const media = (used: number, perSong: number) =>
  limitOf(CapacityResource.MEDIA, { limit: 1_000, used, perSong });

describe('limitOf', () => {
  it('expresses the remaining capacity as a number of songs of average size', () => {
    expect(media(300, 30)).toMatchObject({ songsLeft: 23, playsLeft: null, warning: false, advice: null });
  });

  it('has songsLeft null without songs, and 0 beyond the limit', () => {
    expect(media(0, 0).songsLeft).toBeNull();
    expect(media(1_500, 150)).toMatchObject({ songsLeft: 0, warning: true });
  });

  it('warns from 80 % on, with advice', () => {
    expect(media(799, 80).warning).toBe(false);
    expect(media(800, 80)).toMatchObject({
      warning: true,
      advice: expect.stringMatching(/^Media store: 80 % of the limit is used; .+\.$/),
    });
  });

  it('expresses the remaining Redis commands as a number of plays, null until measured', () => {
    const redis = { limit: 10_000, perPlay: 4 };
    expect(limitOf(CapacityResource.REDIS, { ...redis, used: 2_000 })).toMatchObject({
      songsLeft: null,
      playsLeft: 2_000,
    });
    expect(limitOf(CapacityResource.REDIS, { ...redis, used: null })).toMatchObject({
      used: null,
      playsLeft: null,
      warning: false,
    });
  });
});
