import { randomBytes } from 'node:crypto';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';

/** The only place that builds the storage keys of a song. */
export const songMedia = {
  /** Everything of one song. */
  all: (songId: string) => `songs/${songId}/`,
  /** The uploaded file. The hash in its name makes the URL immutable even when the audio is replaced. */
  original: (songId: string, sha256: string, extension: string) =>
    `songs/${songId}/original-${sha256.slice(0, 16)}.${extension}`,
  /** Prefix of the cover images made at upload. */
  artwork: (songId: string, sha256: string) => `songs/${songId}/artwork-${sha256.slice(0, 16)}/`,
  /** Prefix of cover images set later. Never used twice, so removing an old set cannot remove a new one. */
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
 * The only keys that the media endpoint serves: masters, media playlists, segments, fMP4 initialisation sections,
 * waveforms, originals and cover images of a song. For any other path (staging, traversal, guesses) it answers 404.
 */
export const PUBLIC_MEDIA =
  /^songs\/[0-9a-f]{24}\/(?:original-[0-9a-f]{16}\.[a-z0-9]{2,4}|artwork-[0-9a-f]{16}\/\d{2,4}\.(?:webp|jpg)|g[0-9a-z]{6,20}\/(?:master\.m3u8|peaks\.json|\d{2,3}k\/(?:playlist\.m3u8|segment-\d{5}\.(?:ts|m4s)|init\.mp4)))$/;

/**
 * The folder of the song to whose audio a public key belongs: its original, its HLS package, its waveform. Undefined
 * for covers.
 */
export const soundOf = (key: string): string | undefined =>
  /^(songs\/[0-9a-f]{24}\/)(?!artwork-)/.exec(key)?.[1];

/** The id of a new generation: ids sort by time and never repeat. */
export function newGenerationId(now = databaseTime().getTime()): string {
  return `g${now.toString(36)}${randomBytes(3).toString('hex')}`;
}

/** The cache key of a song's HLS sources; invalidate it whenever they change. */
export const hlsAnswerKey = (songId: string): string => `hls:${songId}`;
