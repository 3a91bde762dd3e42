import { calculateObjectSize, deserialize, serialize } from 'bson';
import { MongoError } from '../mongo-error.js';

/** A document whose numbers keep their BSON type (Int32, Double, Long, Decimal128). */
export type Doc = Record<string, unknown>;

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 200;

/** Numbers stay what they are on the wire: an update must not turn a double into an int. */
export function decodeTyped(bytes: Uint8Array): Doc {
  return deserialize(bytes, {
    promoteValues: false,
    promoteLongs: false,
    promoteBuffers: false,
    bsonRegExp: true,
  }) as Doc;
}

/** Plain JavaScript numbers, which is what aggregation expressions calculate with. */
export function decodePlain(bytes: Uint8Array): Doc {
  return deserialize(bytes, { promoteBuffers: false }) as Doc;
}

export function encode(doc: Doc): Buffer {
  return Buffer.from(serialize(doc, { ignoreUndefined: true, checkKeys: false }));
}

/** Bytes of a document that is about to be stored; refuses what MongoDB refuses. */
export function encodeForStorage(doc: Doc): Buffer {
  const size = calculateObjectSize(doc, { ignoreUndefined: true });
  if (size > MAX_DOCUMENT_BYTES) throw tooLarge(size);
  assertDepth(doc);
  return encode(doc);
}

/** MongoDB 10334, with the size that was refused. */
export function tooLarge(size: number): MongoError {
  return new MongoError(
    10334,
    `BSONObj size: ${size} (0x${size.toString(16).toUpperCase()}) is invalid. Size must be between 0 and ${MAX_DOCUMENT_BYTES}(16MB)`,
  );
}

/** MongoDB's limit, which also keeps everything here that follows a document's shape from running out of stack. */
export function assertDepth(value: unknown, left = MAX_DEPTH): void {
  if (typeof value !== 'object' || value === null) return;
  if (left === 0) throw new MongoError(15, `BSONObj exceeds maximum nested object depth: ${MAX_DEPTH}`);
  if (Array.isArray(value)) for (const item of value) assertDepth(item, left - 1);
  else if (isPlainObject(value)) for (const name in value) assertDepth(value[name], left - 1);
}

/** An embedded document, as opposed to an array or one of BSON's own classes. */
export function isPlainObject(value: unknown): value is Doc {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
