import { BadInputError } from '../errors/domain-error.js';

/**
 * Longest key, characters: the smallest limit of all supported stores (Cloudinary's public_id: 255; S3: 1024; one file
 * name of ext4 or APFS: 255 bytes), so that media can move from any store to any other.
 */
export const MAX_KEY_LENGTH = 255;

/**
 * A segment begins with a letter or digit, so "..", "." and hidden names are not keys. Only ASCII is allowed, because
 * stores normalise other characters differently (APFS treats two encodings of "é" as equal, S3 does not).
 */
const SEGMENT = '[A-Za-z0-9][A-Za-z0-9._-]*';
const KEY = new RegExp(`^${SEGMENT}(?:/${SEGMENT})*$`);

/** All media is below one of these folders; the rest of a bucket may belong to other applications. */
export const MEDIA_FOLDERS = ['songs/', 'albums/', 'incoming/'] as const;

export function isKey(key: string): boolean {
  // The length is checked first, so that the pattern never runs on a hostile megabyte.
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
