import type { Original } from '../original.schema.js';
import { QUALITIES } from './quality.js';
import type { Quality } from './quality.js';

/** Lossless codecs, by ffmpeg's names: their bit rate depends on how well they compress, not on their quality. */
const LOSSLESS = /^(flac|alac|pcm_(?!alaw|mulaw).+)$/;

/**
 * How far a rung may be above the source, as a share. Bit rates are measured: a "128 kbit/s" MP3 has 128.9 by its frame
 * headers, while an averaging encoder stays a few per cent below its target. A rung of the same nominal rate must stay.
 */
const TOLERANCE = 0.05;

/**
 * The rungs to encode for a source, lowest first. With `capToSource`, rungs above the bit rate of a lossy source are
 * left out, because they would need storage without sounding better. The lowest rung always stays.
 */
export function ladderFor(
  { codec, bitrateKbps }: Pick<Original, 'codec' | 'bitrateKbps'>,
  capToSource: boolean,
): readonly Quality[] {
  if (!capToSource || LOSSLESS.test(codec) || !(bitrateKbps > 0)) return QUALITIES;
  const [lowest, ...others] = QUALITIES;
  return [lowest!, ...others.filter((quality) => quality.bitrateKbps <= bitrateKbps * (1 + TOLERANCE))];
}
