import type { Original } from '../original.js';
import { QUALITIES } from './quality.js';
import type { Quality } from './quality.js';

/** Codecs that lose nothing: their bit rate says how well they pack, not how good they sound. ffmpeg's names. */
const LOSSLESS = /^(flac|alac|pcm_(?!alaw|mulaw).+)$/;

/**
 * How far a rung may lie above the source. Bit rates are measured: a "128 kbit/s" MP3 has 128.9 by its frame headers, while an
 * encoder that averages falls a few per cent short of what it was asked for. A rung of the same nominal rate stays.
 */
const TOLERANCE = 0.05;

/**
 * The rungs worth making of a source, lowest first. Capped, those above a lossy source's own bit rate are left out: they would
 * cost room without sounding better. The lowest always stays.
 */
export function ladderFor(
  { codec, bitrateKbps }: Pick<Original, 'codec' | 'bitrateKbps'>,
  capToSource: boolean,
): readonly Quality[] {
  if (!capToSource || LOSSLESS.test(codec) || !(bitrateKbps > 0)) return QUALITIES;
  const [lowest, ...others] = QUALITIES;
  return [lowest!, ...others.filter((quality) => quality.bitrateKbps <= bitrateKbps * (1 + TOLERANCE))];
}
