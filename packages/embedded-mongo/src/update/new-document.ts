import { ObjectId } from 'bson';
import {
  assertDepth,
  decodeTyped,
  encodeForStorage,
  MAX_DOCUMENT_BYTES,
  tooLarge,
  type Doc,
} from '../bson/codec.js';
import { assertId } from './upsert.js';

/** A checked document for insertion, and its BSON. */
export interface NewDocument {
  readonly doc: Doc;
  readonly bytes: Buffer;
}

/** Checks a document for insertion. The given bytes are kept unless `_id` has to be added or moved to the front. */
export function newDocument(bytes: Buffer): NewDocument {
  if (bytes.length > MAX_DOCUMENT_BYTES) throw tooLarge(bytes.length);
  const doc = decodeTyped(bytes);
  assertDepth(doc);
  const id = doc['_id'];
  assertId(id);
  if (Object.keys(doc)[0] === '_id' && id !== undefined) return { doc, bytes };
  const { _id: _, ...rest } = doc;
  const complete = { _id: id === undefined ? new ObjectId() : id, ...rest };
  return { doc: complete, bytes: encodeForStorage(complete) };
}
