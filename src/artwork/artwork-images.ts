import { contentTypeOf } from '../platform/storage/content-type.js';
import type { MediaGroup } from '../platform/storage/media-group.js';
import type { Artwork, ArtworkImage } from './artwork.schema.js';

/** An ArtworkImage without its URL. */
export type StoredImage = Omit<ArtworkImage, 'url'> & { key: string };

/** The stored images of a cover, smallest first; `prefix` ends in "/". */
export function storedImages({
  prefix,
  sizes,
  formats,
}: Pick<Artwork, 'prefix' | 'sizes' | 'formats'>): StoredImage[] {
  return sizes.flatMap(({ width, height }) =>
    formats.map((format) => {
      const key = `${prefix}${width}.${format}`;
      return { key, width, height, contentType: contentTypeOf(key) };
    }),
  );
}

/** The objects of a cover according to its record, which may be a lean document. */
export function coverPart(artwork: Artwork): MediaGroup {
  return {
    at: artwork.prefix,
    store: artwork.store ?? 'local',
    keys: storedImages(artwork).map(({ key }) => key),
    bytes: null,
    sha256: null,
    contentType: null,
  };
}
