import { decodeTyped, type Doc } from './codec.js';

/** One element of an encoded document: type byte, name, and the offsets of the element and its value. */
export interface RawElement {
  readonly type: number;
  readonly name: string;
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

/** Type bytes of containers in the BSON specification (bsonspec.org, version 1.1). */
export const RAW_DOCUMENT = 0x03;
export const RAW_ARRAY = 0x04;

const SIZE_BYTES = 4;
/** Lengths of: double, undefined, ObjectId, bool, date, null, int32, timestamp, int64, decimal128, min and max key. */
const FIXED = new Map([
  [0x01, 8],
  [0x06, 0],
  [0x07, 12],
  [0x08, 1],
  [0x09, 8],
  [0x0a, 0],
  [0x10, 4],
  [0x11, 8],
  [0x12, 8],
  [0x13, 16],
  [0xff, 0],
  [0x7f, 0],
]);

/** The elements of the document or array that starts at `at`, without decoding their values. */
export function* rawElements(bytes: Buffer, at = 0): Generator<RawElement> {
  const last = at + bytes.readInt32LE(at) - 1;
  for (let start = at + SIZE_BYTES; start < last;) {
    const type = bytes[start]!;
    const nameEnd = bytes.indexOf(0, start + 1);
    const end = valueEnd(bytes, type, nameEnd + 1);
    yield { type, name: bytes.toString('utf8', start + 1, nameEnd), start, value: nameEnd + 1, end };
    start = end;
  }
}

function valueEnd(bytes: Buffer, type: number, at: number): number {
  const fixed = FIXED.get(type);
  if (fixed !== undefined) return at + fixed;
  switch (type) {
    case RAW_DOCUMENT:
    case RAW_ARRAY:
    case 0x0f: // code with scope
      return at + bytes.readInt32LE(at);
    case 0x02: // string
    case 0x0d: // code
    case 0x0e: // symbol
      return at + SIZE_BYTES + bytes.readInt32LE(at);
    case 0x05: // binary: length, subtype, bytes
      return at + SIZE_BYTES + 1 + bytes.readInt32LE(at);
    case 0x0b: // regular expression: two texts
      return bytes.indexOf(0, bytes.indexOf(0, at) + 1) + 1;
    case 0x0c: // pointer: string, ObjectId
      return at + SIZE_BYTES + bytes.readInt32LE(at) + 12;
    default:
      throw new Error(`unknown BSON type ${type}`);
  }
}

/** A document from encoded elements. */
export function rawDocument(parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, SIZE_BYTES + 1);
  const bytes = Buffer.allocUnsafe(length);
  bytes.writeInt32LE(length, 0);
  let at = SIZE_BYTES;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  bytes[at] = 0;
  return bytes;
}

/** Decodes only these fields, because a filter needs few of a document's fields. */
export function decodeFields(bytes: Buffer, names: ReadonlySet<string>): Doc {
  const parts: Uint8Array[] = [];
  for (const { name, start, end } of rawElements(bytes)) {
    if (names.has(name)) parts.push(bytes.subarray(start, end));
  }
  return decodeTyped(rawDocument(parts));
}
