import type { StoreName } from '../config/store-settings.js';
import type { ListedMedia, MediaStorage } from './media-storage.js';

/** Objects that belong together and are in one store: one key, or with a trailing "/" everything below it. */
export interface MediaGroup {
  at: string;
  store: StoreName;
  /** Its keys, where they follow from the record; null: they have to be listed. */
  keys: string[] | null;
  /** All its objects together, as the record has it; null: it does not say. */
  bytes: number | null;
  /** Of a part that is one object, as the record has it; null: it does not say. */
  sha256: string | null;
  /** Of a part that is one object; null: by the key. */
  contentType: string | null;
}

/** What a store has of a part is not what the record says. */
export class MediaIncompleteError extends Error {
  constructor(present: number, expected: number) {
    super(`${present} of ${expected} bytes are there`);
  }
}

/** The part's objects in `storage`. Rejects with NotFoundError or MediaIncompleteError when it is not there, or not whole. */
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
