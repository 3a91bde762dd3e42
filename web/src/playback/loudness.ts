/** How loud songs are made to each other: each by itself, album by album, or as they are. */
export type Normalisation = 'track' | 'album' | 'off';

interface TrackLoudness {
  trackGainDb: number | null;
  headroomDb: number | null;
}
interface AlbumLoudness {
  gainDb: number | null;
  headroomDb: number | null;
}

/** Without a measurement: what a song of today needs on average, so that it does not jump out among measured ones. */
const UNMEASURED_DB = -6;

/** The gain to play with, as a factor; never beyond what the peaks allow. An album without its own falls back to the track's. */
export function gainFactor(mode: Normalisation, track: TrackLoudness | null, album: AlbumLoudness | null): number {
  if (mode === 'off') return 1;
  const db =
    mode === 'album' && album?.gainDb != null
      ? Math.min(album.gainDb, album.headroomDb ?? 0)
      : track
        ? Math.min(track.trackGainDb ?? 0, track.headroomDb ?? 0)
        : UNMEASURED_DB;
  return 10 ** (db / 20);
}
