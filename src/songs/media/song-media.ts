import { randomBytes } from 'node:crypto';
import { databaseTime } from '../../platform/mongo/database-clock.js';

/** Every storage key a song owns is spelled here and nowhere else. */
export const songMedia = {
  /** Everything of one song. */
  all: (songId: string) => `songs/${songId}/`,
  /** The uploaded file; its hash in the name makes the URL immutable even when the audio is replaced. */
  original: (songId: string, sha256: string, extension: string) =>
    `songs/${songId}/original-${sha256.slice(0, 16)}.${extension}`,
  /** Where a set of cover images lives. */
  artwork: (songId: string, sha256: string) => `songs/${songId}/artwork-${sha256.slice(0, 16)}/`,
  /** Where a new set of cover images lives after the upload: never used twice, so removing an old one cannot meet a new one. */
  newArtwork: (songId: string) => `songs/${songId}/artwork-${randomBytes(8).toString('hex')}/`,
  /** Everything of one generation. */
  generation: (songId: string, generation: string) => `songs/${songId}/${generation}/`,
  /** One file of a generation, by its path inside the package. */
  hls: (songId: string, generation: string, file: string) => `songs/${songId}/${generation}/${file}`,
};

/** The master playlist's path inside a package. */
export const MASTER_PLAYLIST = 'master.m3u8';

/** The waveform's path inside a package. */
export const PEAKS = 'peaks.json';

/** A rendition's media playlist inside a package. */
export const mediaPlaylist = (quality: string) => `${quality}/playlist.m3u8`;

/**
 * What the media door will open, and nothing else: masters, media playlists, segments, fMP4 initialisation
 * sections, waveforms, originals and cover images of a song. Anything else (staging, traversal, guesses) does not exist.
 */
export const PUBLIC_MEDIA =
  /^songs\/[0-9a-f]{24}\/(?:original-[0-9a-f]{16}\.[a-z0-9]{2,4}|artwork-[0-9a-f]{16}\/\d{2,4}\.(?:webp|jpg)|g[0-9a-z]{6,20}\/(?:master\.m3u8|peaks\.json|\d{2,3}k\/(?:playlist\.m3u8|segment-\d{5}\.(?:ts|m4s)|init\.mp4)))$/;

/**
 * The folder of the song whose sound a public key is part of: its original, its HLS package, its waveform. Undefined
 * for covers.
 */
export const soundOf = (key: string): string | undefined =>
  /^(songs\/[0-9a-f]{24}\/)(?!artwork-)/.exec(key)?.[1];

/** A new generation's id: sorts by time, never repeats. */
export function newGenerationId(now = databaseTime().getTime()): string {
  return `g${now.toString(36)}${randomBytes(3).toString('hex')}`;
}

/** The cache key of a song's HLS sources; invalidate it whenever they change. */
export const hlsAnswerKey = (songId: string): string => `hls:${songId}`;
