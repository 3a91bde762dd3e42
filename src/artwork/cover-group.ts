import type { MediaGroup } from '../platform/storage/media-group.js';
import { storedImages } from './artwork-images.js';
import type { Artwork } from './artwork.js';

/** A cover's objects, as its record has them; a lean one will do. */
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
