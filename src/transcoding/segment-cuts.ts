/**
 * Where a song is cut, decided here and nowhere else. Every rung is cut by the same rule from the same number of
 * samples, so the boundaries are identical and a player may change quality at each of them.
 */

/** Wanted length of a segment; ffmpeg cuts at the next whole AAC frame (1024 samples, 23 ms). */
export const SEGMENT_SECONDS = 6;

/** The cutting rule as options of ffmpeg's HLS muxer. */
export function cutOptions(): string[] {
  return ['-hls_time', String(SEGMENT_SECONDS)];
}

/** RFC 8216 4.3.3.1: no segment, rounded, may be longer; ffmpeg writes 0 for a song below half a second. */
export function targetDuration(segments: readonly { seconds: number }[]): number {
  return Math.max(1, ...segments.map(({ seconds }) => Math.round(seconds)));
}
