import type { StoreName } from '../config/store-settings.js';
import type { ListedMedia, MediaStorage } from './media-storage.js';

/** Objects of one store that belong together. `at`: one key, or with a trailing "/" everything below it. */
export interface MediaGroup {
  at: string;
  store: StoreName;
  /** The keys, if the database record determines them; null: they have to be listed. */
  keys: string[] | null;
  /** Total size of the objects according to the record, bytes; null: the record has none. */
  bytes: number | null;
  /** Checksum of a group that is one object, according to the record; null: the record has none. */
  sha256: string | null;
  /** Media type of a group that is one object; null: derived from the key. */
  contentType: string | null;
}

/** The store holds another number of bytes than the record of the group says. */
export class MediaIncompleteError extends Error {
  constructor(present: number, expected: number) {
    super(`${present} of ${expected} bytes are there`);
  }
}

/**
 * The group's objects in `storage`. Rejects with NotFoundError or MediaIncompleteError when objects or bytes are
 * missing.
 */
export async function objectsOf(
  storage: MediaStorage,
  { at, keys, bytes }: MediaGroup,
): Promise<ListedMedia[]> {
  const found: ListedMedia[] = [];
  if (keys) for (const key of keys) found.push({ key, bytes: (await storage.stat(key)).bytes });
  else for await (const object of storage.list(at)) found.push(object);
  const present = bytesOf(found);
  if (bytes !== null && present !== bytes) throw new MediaIncompleteError(present, bytes);
  return found;
}

export function bytesOf(objects: readonly ListedMedia[]): number {
  return objects.reduce((sum, { bytes }) => sum + bytes, 0);
}
