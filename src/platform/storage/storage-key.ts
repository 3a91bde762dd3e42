import { BadInputError } from '../errors/domain-error.js';

/**
 * Longest key, characters: the tightest of the stores we may live in (Cloudinary's public_id: 255; S3: 1024; one file
 * name of ext4 or APFS: 255 bytes), so that media can move from any store to any other.
 */
export const MAX_KEY_LENGTH = 255;

/**
 * One segment begins with a letter or digit, so "..", "." and hidden names are not keys; ASCII only, because stores
 * disagree on how they normalise the rest (APFS compares "é" in two spellings, S3 does not).
 */
const SEGMENT = '[A-Za-z0-9][A-Za-z0-9._-]*';
const KEY = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);

/** Everything the house keeps is below one of them; the rest of a bucket may be somebody else's. */
export const MEDIA_FOLDERS = ['songs/', 'albums/', 'incoming/'] as const;

export function isKey(key: string): boolean {
  // The length goes first, so that the pattern never meets a hostile megabyte.
  return typeof key === 'string' && key.length <= MAX_KEY_LENGTH && KEY.test(key);
}

/** Returns `key`; throws BadInputError unless every store takes it literally as it is. */
export function checkedKey(key: string): string {
  if (!isKey(key)) throw new BadInputError('This is not the key of a media file.');
  return key;
}

/** Returns `prefix`, a key followed by "/"; throws BadInputError otherwise. */
export function checkedPrefix(prefix: string): string {
  if (typeof prefix !== 'string' || !prefix.endsWith('/')) {
    throw new BadInputError('This is not the prefix of a media folder.');
  }
  checkedKey(prefix.slice(0, -1));
  return prefix;
}
