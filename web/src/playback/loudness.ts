/** Loudness normalisation: per track, per album, or off. */
export type Normalisation = 'track' | 'album' | 'off';

interface TrackLoudness {
  trackGainDb: number | null;
  headroomDb: number | null;
}
interface AlbumLoudness {
  gainDb: number | null;
  headroomDb: number | null;
}

/** Gain of a song without a measurement: the average of contemporary songs, so that it fits among measured ones. */
const UNMEASURED_DB = -6;

/** The gain as a factor, limited by the peaks. Without a gain of the album it is the track's. */
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
