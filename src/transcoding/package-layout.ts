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
