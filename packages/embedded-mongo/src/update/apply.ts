import { decodeTyped, encodeForStorage, type Doc } from '../bson/codec.js';
import type { Collection, ReadDocument } from '../storage/collection.js';
import type { Update } from './update.js';

export interface Updated {
  readonly before: Doc;
  readonly after: Doc;
  readonly modified: boolean;
}

/** Applies an update to a stored document and stores the result. Must run inside `Engine.write`. */
export function applyUpdate(collection: Collection, found: ReadDocument, update: Update): Updated {
  const after = update(decodeTyped(found.bytes), false);
  const bytes = encodeForStorage(after);
  const modified = !bytes.equals(found.bytes);
  if (modified) collection.replace(found.record, found, after, bytes);
  return { before: found.doc, after, modified };
}
