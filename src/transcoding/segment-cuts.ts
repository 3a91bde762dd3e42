/**
 * The only place that decides where a song is cut into segments. Every rung is cut by the same rule from the same
 * number of samples, so the boundaries are identical and a player may change quality at each of them.
 */

/** Target length of a segment, seconds; ffmpeg cuts at the next whole AAC frame (1024 samples, 23 ms). */
export const SEGMENT_SECONDS = 6;

/**
 * Target lengths of the first segments, seconds. A player starts only when the first one has loaded, so it is short.
 * The next ones are never longer than what a connection hardly faster than the lowest rung has buffered by then
 * (docs/decisions.md, "Segments grow").
 */
export const FIRST_SEGMENTS_SECONDS: readonly number[] = [2, 1.5, 2, 2, 2, 2, 3, 3, 3, 4, 4, 5];

/** A shorter remainder is added to the last segment, which, rounded, is still at most SEGMENT_SECONDS long. */
const SHORTEST_REST_SECONDS = 0.4;

/** The boundaries between segments, seconds from the start of the song; empty for a song of one segment. */
export function cutTimes(durationSeconds: number): number[] {
  const cuts: number[] = [];
  let at = 0;
  for (let i = 0; ; i++) {
    at += FIRST_SEGMENTS_SECONDS[i] ?? SEGMENT_SECONDS;
    if (at > durationSeconds - SHORTEST_REST_SECONDS) return cuts;
    cuts.push(at);
  }
}

/** The cuts as options of ffmpeg's segment muxer; its hls muxer supports only one length for all segments. */
export function cutOptions(durationSeconds: number): Record<string, string> {
  const cuts = cutTimes(durationSeconds);
  // Without a length the muxer would cut every two seconds.
  return cuts.length ? { '-segment_times': cuts.join(',') } : { '-segment_time': String(SEGMENT_SECONDS) };
}

/** RFC 8216 4.3.3.1: the longest segment, rounded, in seconds; at least 1, even for a song shorter than 0.5 s. */
export function targetDuration(segments: readonly { seconds: number }[]): number {
  return Math.max(1, ...segments.map(({ seconds }) => Math.round(seconds)));
}
