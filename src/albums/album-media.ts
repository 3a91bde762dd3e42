import { randomBytes } from 'node:crypto';

/** Builds all storage keys of albums; no other file spells them out. */
export const albumMedia = {
  /** Everything of one album. */
  all: (albumId: string) => `albums/${albumId}/`,
  /** Prefix of a new set of cover images. It is never reused, so removing an old set cannot affect a new one. */
  newArtwork: (albumId: string) => `albums/${albumId}/artwork-${randomBytes(8).toString('hex')}/`,
};

/** Keys of albums that the media endpoint delivers. */
export const PUBLIC_ALBUM_MEDIA = /^albums\/[0-9a-f]{24}\/artwork-[0-9a-f]{16}\/\d{2,4}\.(?:webp|jpg)$/;
