import type { Song } from '../songs/song.schema.js';
import { PUBLIC_ALBUM_MEDIA, albumMedia } from './album-media.js';
import { loudnessOfAlbum } from './album-loudness.js';
import { isReleaseDate } from './release-date.js';
import { checkedTracks, MAX_TRACKS } from './track-list.js';

const song = (integratedLufs: number, trackPeak: number) =>
  ({
    publishedGeneration: 'g1',
    generations: [{ id: 'g1', durationSeconds: 100, facts: { loudness: { integratedLufs, trackPeak } } }],
  }) as Song;

const id = (n: number) => n.toString(16).padStart(24, '0');

describe('album rules', () => {
  it.each(['1997', '1997-09', '1997-09-22', '2024-02-29'])('%s is a release date', (text) =>
    expect(isReleaseDate(text)).toBe(true),
  );

  it.each(['', '97', '1997-13', '1997-02-30', '2023-02-29', '1997-9-2', 'soon', '1997-09-22T00'])(
    '"%s" is not a release date',
    (text) => expect(isReleaseDate(text)).toBe(false),
  );

  it('loudness of an album is that of its published tracks together', () => {
    expect(loudnessOfAlbum([song(-10, 0.5), song(-16, 0.9)])).toMatchObject({
      integratedLufs: -12.04,
      peak: 0.9,
    });
    expect(loudnessOfAlbum([{ generations: [], publishedGeneration: null } as unknown as Song])).toBeNull();
  });

  it('a track list has at most MAX_TRACKS tracks', () => {
    const tracks = Array.from({ length: MAX_TRACKS + 1 }, (_, i) => ({
      songId: id(i),
      discNumber: 1,
      trackNumber: i + 1,
    }));
    expect(checkedTracks(tracks.slice(1))).toHaveLength(MAX_TRACKS);
    expect(() => checkedTracks(tracks)).toThrow('at most');
  });

  it('only cover images are public', () => {
    const prefix = albumMedia.newArtwork(id(1));
    expect(PUBLIC_ALBUM_MEDIA.test(`${prefix}300.webp`)).toBe(true);
    for (const guess of [prefix, `${prefix}../300.webp`, `${prefix}300.svg`, `albums/${id(1)}/300.webp`])
      expect(PUBLIC_ALBUM_MEDIA.test(guess)).toBe(false);
  });
});
