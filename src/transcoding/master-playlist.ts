import type { Quality } from '../songs/processing/quality.js';
import { mediaPlaylist } from '../songs/media/song-media.js';
import { playlistVersion } from './media-playlist.js';

/** A segment as measured on disk. */
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

/** Listed first, because Safari starts with the first variant: neither the lowest quality nor one that loads slowly. */
const FIRST_QUALITY = '128k';

/**
 * RFC 8216 4.1: the peak is taken over runs of segments lasting between half and one and a half target durations, so
 * a short segment at the end (some 0.02 s, mostly container) does not count alone. An initialisation section belongs
 * to no segment and does not count. In a song shorter than any run, the peak equals the average.
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
 * Raises a peak that does not exceed that of the rung below. hls.js treats variants of equal bandwidth as copies of one
 * stream, and in silence all rungs have the same few kbit/s.
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

/** Every run of consecutive segments whose total length is between `min` and `max`, seconds. */
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
