import type { ArtworkFormat } from './artwork-formats.js';
import type { Artwork, ArtworkImage } from './artwork.schema.js';

const CONTENT_TYPES: Readonly<Record<ArtworkFormat, string>> = { webp: 'image/webp', jpg: 'image/jpeg' };

/** An ArtworkImage without its URL. */
export type StoredImage = Omit<ArtworkImage, 'url'> & { key: string };

/** The stored images of a cover, smallest first; `prefix` ends in "/". */
export function storedImages({
  prefix,
  sizes,
  formats,
}: Pick<Artwork, 'prefix' | 'sizes' | 'formats'>): StoredImage[] {
  return sizes.flatMap(({ width, height }) =>
    formats.map((format) => ({
      key: `${prefix}${width}.${format}`,
      width,
      height,
      contentType: CONTENT_TYPES[format],
    })),
  );
}
