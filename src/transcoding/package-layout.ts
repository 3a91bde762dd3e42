import { extname } from 'node:path/posix';

export type SegmentType = 'mpegts' | 'fmp4';

/** Names inside a rendition's folder, which the media door must know (songs/media/song-media.ts, PUBLIC_MEDIA). */
export const INIT_SECTION = 'init.mp4';
export const SEGMENT_NAMES = {
  mpegts: { pattern: 'segment-%05d.ts', valid: /^segment-\d{5}\.ts$/ },
  fmp4: { pattern: 'segment-%05d.m4s', valid: /^segment-\d{5}\.m4s$/ },
} as const;

/** What the encoder writes about a rendition's segments; made into the playlist, never published. */
export const segmentList = (quality: string) => `${quality}/segments.csv`;

const CONTENT_TYPES: Record<string, string> = {
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.ts': 'video/mp2t',
  '.m4s': 'audio/mp4',
  '.mp4': 'audio/mp4',
  '.json': 'application/json',
};

/** What a package's file is served as (RFC 8216 4, RFC 4337). */
export function contentTypeOf(path: string): string {
  return CONTENT_TYPES[extname(path)] ?? 'application/octet-stream';
}
