import { extname } from 'node:path/posix';

export type SegmentType = 'mpegts' | 'fmp4';

/**
 * File names in a rendition's folder. The media endpoint must allow them: PUBLIC_MEDIA in songs/media/song-media.ts.
 */
export const INIT_SECTION = 'init.mp4';
export const SEGMENT_NAMES = {
  mpegts: { pattern: 'segment-%05d.ts', valid: /^segment-\d{5}\.ts$/ },
  fmp4: { pattern: 'segment-%05d.m4s', valid: /^segment-\d{5}\.m4s$/ },
} as const;

/** The encoder's list of a rendition's segments, from which the playlist is made; not published. */
export const segmentList = (quality: string) => `${quality}/segments.csv`;

const CONTENT_TYPES: Record<string, string> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.ts': 'video/mp2t',
  '.m4s': 'audio/mp4',
  '.mp4': 'audio/mp4',
  '.json': 'application/json',
};

/** The content type with which a file of a package is served (RFC 8216 4, RFC 4337). */
export function contentTypeOf(path: string): string {
  return CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
}
