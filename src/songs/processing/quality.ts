import { registerEnumType } from '@nestjs/graphql';
import type { Original } from '../original.schema.js';

/** Name of a quality for users. */
export enum QualityLabel {
  LOW = 'LOW',
  MEDIUM = 'MEDIUM',
  HIGH = 'HIGH',
  ULTRA = 'ULTRA',
}

registerEnumType(QualityLabel, {
  name: 'QualityLabel',
  description: 'Name of a quality for users.',
  valuesMap: {
    LOW: { description: '64 kbit/s AAC-LC: for a poor mobile connection.' },
    MEDIUM: { description: '128 kbit/s AAC-LC: the quality with which players start.' },
    HIGH: { description: '256 kbit/s AAC-LC: hard to tell from the original.' },
    ULTRA: { description: '320 kbit/s AAC-LC: the highest quality.' },
  },
});

/** One rung of the ladder: a name used in URLs and APIs, and the encoder's nominal bit rate. */
export interface Quality {
  readonly name: string;
  readonly label: QualityLabel;
  readonly bitrateKbps: number;
}

/** The ladder, lowest first. */
export const QUALITIES: readonly Quality[] = [
  { name: '64k', label: QualityLabel.LOW, bitrateKbps: 64 },
  { name: '128k', label: QualityLabel.MEDIUM, bitrateKbps: 128 },
  { name: '256k', label: QualityLabel.HIGH, bitrateKbps: 256 },
  { name: '320k', label: QualityLabel.ULTRA, bitrateKbps: 320 },
];

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
