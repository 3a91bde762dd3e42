import { randomBytes } from 'node:crypto';

/** Every storage key an album owns is spelled here and nowhere else. */
export const albumMedia = {
  /** Everything of one album. */
  all: (albumId: string) => `albums/${albumId}/`,
  /** Where a new set of cover images lives: never used twice, so removing an old one cannot meet a new one. */
  newArtwork: (albumId: string) => `albums/${albumId}/artwork-${randomBytes(8).toString('hex')}/`,
};

/** What the media door will open of an album. */
export const PUBLIC_ALBUM_MEDIA = /^albums\/[0-9a-f]{24}\/artwork-[0-9a-f]{16}\/\d{2,4}\.(?:webp|jpg)$/;
