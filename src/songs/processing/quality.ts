import { registerEnumType } from '@nestjs/graphql';

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
