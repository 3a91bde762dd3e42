import { readLines } from './lines-file.js';

/** An object in a backup. */
export interface ListedObject {
  key: string;
  bytes: number;
  /** SHA-256, hexadecimal. */
  sha256: string;
}

export async function* mediaList(path: string): AsyncIterable<ListedObject> {
  for await (const line of readLines(path)) yield JSON.parse(line) as ListedObject;
}

/** Prefix of the song or album that an object belongs to: "songs/<id>/". */
export const ownerOf = (key: string): string => key.slice(0, key.indexOf('/', key.indexOf('/') + 1) + 1);
