import type { Quality } from '../songs/processing/quality.js';
import { mediaPlaylist } from '../songs/media/song-media.js';
import { playlistVersion } from './media-playlist.js';

/** A segment as it lies on the disk. */
export interface MeasuredSegment {
  readonly seconds: number;
  readonly bytes: number;
}

/** Bits per second. */
export interface Bandwidth {
  readonly bandwidth: number;
  readonly averageBandwidth: number;
}

/** AAC-LC (RFC 6381). */
export const CODECS = 'mp4a.40.2';

/** Safari plays the first variant first: neither the poorest nor one a phone has to wait for. */
const FIRST_QUALITY = '128k';

/**
 * RFC 8216 4.1: the peak is taken over runs of segments lasting between half and one and a half target durations,
 * so a stub at the end (some 0.02 s of mostly container) does not count alone. An initialisation section is part of
 * no segment and counts nowhere. A song shorter than any run peaks at its average.
 */
export function measureBandwidth(
  segments: readonly MeasuredSegment[],
  targetDurationSeconds: number,
): Bandwidth {
  const averageBandwidth = rate(segments);
  const rates = runs(segments, targetDurationSeconds * 0.5, targetDurationSeconds * 1.5).map(rate);
  return { averageBandwidth, bandwidth: Math.max(averageBandwidth, ...rates) };
}

/**
 * Lifts a peak that does not exceed the rung below: hls.js takes equals for copies of one stream, and in silence all
 * rungs collapse to the same few kbit/s.
 */
export function strictlyIncreasing<T extends Bandwidth>(lowestFirst: readonly T[]): T[] {
  let below = 0;
  return lowestFirst.map((rung) => {
    below = Math.max(rung.bandwidth, below + 1);
    return { ...rung, bandwidth: below };
  });
}

export function writeMasterPlaylist(
  rungs: readonly (Bandwidth & { readonly quality: Quality })[],
  hasInit: boolean,
): string {
  const first = rungs.filter(({ quality }) => quality.name === FIRST_QUALITY);
  const others = rungs.filter(({ quality }) => quality.name !== FIRST_QUALITY);
  return [
    '#EXTM3U',
    `#EXT-X-VERSION:${playlistVersion(hasInit)}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...[...first, ...others].flatMap(({ quality, bandwidth, averageBandwidth }) => [
      `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},AVERAGE-BANDWIDTH=${averageBandwidth},CODECS="${CODECS}"`,
      mediaPlaylist(quality.name),
    ]),
    '',
  ].join('\n');
}

/** Every run of neighbours whose length lies within the bounds. */
function runs(segments: readonly MeasuredSegment[], min: number, max: number): MeasuredSegment[][] {
  const found: MeasuredSegment[][] = [];
  for (let from = 0; from < segments.length; from++) {
    let seconds = 0;
    for (let to = from; to < segments.length; to++) {
      seconds += segments[to]?.seconds ?? 0;
      if (seconds > max) break;
      if (seconds >= min) found.push(segments.slice(from, to + 1));
    }
  }
  return found;
}

function rate(segments: readonly MeasuredSegment[]): number {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0);
  return Math.ceil((8 * bytes) / seconds);
}
