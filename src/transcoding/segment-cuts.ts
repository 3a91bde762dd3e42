/**
 * Where a song is cut, decided here and nowhere else. Every rung is cut by the same rule from the same number of
 * samples, so the boundaries are identical and a player may change quality at each of them.
 */

/** Wanted length of a segment; ffmpeg cuts at the next whole AAC frame (1024 samples, 23 ms). */
export const SEGMENT_SECONDS = 6;

/**
 * Wanted lengths of the first segments. A player makes no sound before the first one is whole, so it is short; the
 * next are never longer than what a line hardly faster than the lowest rung has brought in reserve by then
 * (docs/decisions.md, "Segments grow").
 */
export const FIRST_SEGMENTS_SECONDS: readonly number[] = [2, 1.5, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5];

/** A shorter rest joins the segment before it: the longest one, rounded, is still SEGMENT_SECONDS. */
const SHORTEST_REST_SECONDS = 0.4;

/** The boundaries between segments, seconds from the song's beginning; none for a song of one segment. */
export function cutTimes(durationSeconds: number): number[] {
  const cuts: number[] = [];
  let at = 0;
  for (let i = 0; ; i++) {
    at += FIRST_SEGMENTS_SECONDS[i] ?? SEGMENT_SECONDS;
    if (at > durationSeconds - SHORTEST_REST_SECONDS) return cuts;
    cuts.push(at);
  }
}

/** The cuts as options of ffmpeg's segment muxer, whose hls relative knows only one length for all. */
export function cutOptions(durationSeconds: number): string[] {
  const cuts = cutTimes(durationSeconds);
  // Without any cut the muxer would take its own, every two seconds.
  return cuts.length ? ['-segment_times', cuts.join(',')] : ['-segment_time', String(SEGMENT_SECONDS)];
}

/** RFC 8216 4.3.3.1: no segment, rounded, may be longer; at least 1, also for a song below half a second. */
export function targetDuration(segments: readonly { seconds: number }[]): number {
  return Math.max(1, ...segments.map(({ seconds }) => Math.round(seconds)));
}
