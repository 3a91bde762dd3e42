import { DomainError } from '../platform/errors/domain-error.js';
import type { ArtworkFormat, ArtworkSize } from './artwork.schema.js';

export class ArtworkInvalidError extends DomainError {
  readonly code = 'ARTWORK_INVALID';
}

/** Sides of the squares that a cover is fitted into, pixels: for a list, a card, a phone's player, a large screen. */
const BOXES = [96, 300, 640, 1200] as const;

/** Side of the largest square, pixels. */
export const LARGEST = BOXES[3];

/** Largest accepted file, bytes; the limit for covers in tags is the same. */
const MAX_BYTES = 20 * 1024 ** 2;

/** Largest accepted picture, pixels. Making its cover took up to 160 MB (measured; a progressive JPEG is the worst). */
export const MAX_PIXELS = 5000 * 5000;

/** Smallest accepted side, pixels; also keeps every width at two digits (PUBLIC_MEDIA in songs/media/song-media.ts). */
const MIN_SIDE = 16;

/** Largest accepted ratio of the longer side to the shorter. */
const MAX_ASPECT = 4;

/** The formats to make, the newer one with smaller files first. */
export const ARTWORK_FORMATS: readonly ArtworkFormat[] = ['webp', 'jpg'];

/** What the decoder reads from the header of a picture, before decoding it. */
export interface CoverHeader {
  /** After EXIF orientation, pixels. */
  width: number;
  height: number;
  /** Frames. */
  pages?: number;
}

export function checkFileSize(bytes: number): void {
  if (bytes === 0) throw new ArtworkInvalidError('The cover is empty.');
  if (bytes > MAX_BYTES) throw new ArtworkInvalidError('The cover is larger than 20 MiB.');
}

/** Throws ArtworkInvalidError unless the picture may be decoded. */
export function checkHeader({ width, height, pages = 1 }: CoverHeader): void {
  if (pages > 1) throw new ArtworkInvalidError('The cover is animated. Use a still picture.');
  if (width * height > MAX_PIXELS) {
    throw new ArtworkInvalidError('The cover has more than 25 million pixels. Use at most 5000 x 5000.');
  }
  if (Math.min(width, height) < MIN_SIDE) {
    throw new ArtworkInvalidError('The cover is smaller than 16 pixels.');
  }
  if (Math.max(width, height) > MAX_ASPECT * Math.min(width, height)) {
    throw new ArtworkInvalidError(
      'The cover is more than four times as long as it is wide. Use a squarer picture.',
    );
  }
}

/** The sizes to make, smallest first: fitted into each box, never cropped, never larger than the picture is. */
export function coverSizes(width: number, height: number): ArtworkSize[] {
  const longer = Math.max(width, height);
  const boxes = [...BOXES.filter((box) => box < longer), Math.min(longer, LARGEST)];
  const sizes = [...new Set(boxes)].map((box) => ({
    width: Math.round((width * box) / longer),
    height: Math.round((height * box) / longer),
  }));
  // The width is the file name, so two sizes must not have the same: a picture 97 pixels high has two similar sizes.
  return sizes.filter((size, i) => size.width !== sizes[i + 1]?.width);
}

/** Channels 0 to 255. */
export function hexColour(...channels: number[]): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}
