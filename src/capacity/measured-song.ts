/** An amount that grows with a song's length: a fixed part, and a part per second. */
export interface LinearSize {
  readonly fixed: number;
  readonly perSecond: number;
}

/**
 * Measured, not calculated: real-song.mp3, cut to 60 and 240 s, was uploaded to this server; written by
 * bench/plan/measure.mjs on 2026-11-26. Bytes; MPEG-TS segments.
 */
export const MEASURED_SONG: {
  readonly renditions: Readonly<Record<string, LinearSize>>;
  readonly segments: LinearSize;
  readonly masterAndWaveform: LinearSize;
  readonly databasePerSong: number;
  readonly databasePerPlay: number;
} = {
  /** Segments and playlist of each quality, bytes. */
  renditions: {
    '64k': { fixed: 6715.3333, perSecond: 8987.0111 },
    '128k': { fixed: 12606, perSecond: 17583.8333 },
    '256k': { fixed: -61027.3333, perSecond: 35188.9889 },
    '320k': { fixed: -310378, perSecond: 42731.9667 },
  },
  /** Number of segments of one quality. */
  segments: { fixed: 7, perSecond: 0.1667 },
  /** Master playlist and waveform, bytes. */
  masterAndWaveform: { fixed: 5254.3333, perSecond: -1.0389 },
  /** Document and indexes in the embedded database, bytes. */
  databasePerSong: 2608,
  databasePerPlay: 175,
};
