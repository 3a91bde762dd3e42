import type { MediaGroup } from '../platform/storage/media-group.js';
import { storedImages } from './artwork-images.js';
import type { Artwork } from './artwork.schema.js';

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
