import { Binary, BSONRegExp, BSONSymbol, Code, DBRef, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { numberKey } from './key-number.js';
import { isNumber } from './numbers.js';

/** MongoDB's order of types. The gaps allow bounds between two types. */
export const TypeByte = {
  minKey: 0x05,
  undefined: 0x08,
  null: 0x0a,
  number: 0x14,
  string: 0x1e,
  object: 0x28,
  array: 0x32,
  binary: 0x3c,
  objectId: 0x46,
  boolean: 0x50,
  date: 0x5a,
  timestamp: 0x64,
  regex: 0x6e,
  code: 0x78,
  maxKey: 0xf0,
} as const;

const END = 0x00;

/** The type byte a value sorts under. Range operators match only values of the same type byte. */
export function typeByte(value: unknown): number {
  if (typeof value === 'string' || value instanceof BSONSymbol) return TypeByte.string;
  if (isNumber(value)) return TypeByte.number;
  if (value === undefined) return TypeByte.undefined;
  if (value === null) return TypeByte.null;
  if (typeof value === 'boolean') return TypeByte.boolean;
  if (Array.isArray(value)) return TypeByte.array;
  if (value instanceof ObjectId) return TypeByte.objectId;
  if (value instanceof Date) return TypeByte.date;
  if (value instanceof Timestamp) return TypeByte.timestamp;
  if (value instanceof Binary || value instanceof Uint8Array) return TypeByte.binary;
  if (value instanceof BSONRegExp || value instanceof RegExp) return TypeByte.regex;
  if (value instanceof Code) return TypeByte.code;
  if (value instanceof MinKey) return TypeByte.minKey;
  if (value instanceof MaxKey) return TypeByte.maxKey;
  return TypeByte.object;
}

/**
 * Bytes whose order is MongoDB's order of the values. No key is a prefix of another, so the fields of a compound key
 * can be concatenated.
 */
export function valueKey(value: unknown): Buffer {
  const parts: Uint8Array[] = [];
  append(parts, value);
  return Buffer.concat(parts);
}

function append(parts: Uint8Array[], value: unknown): void {
  const type = typeByte(value);
  parts.push(Buffer.of(type));
  switch (type) {
    case TypeByte.string:
      appendText(parts, typeof value === 'string' ? value : (value as BSONSymbol).value);
      break;
    case TypeByte.number:
      if (isNumber(value)) parts.push(numberKey(value));
      break;
    case TypeByte.object:
      for (const [name, field] of Object.entries(
        value instanceof DBRef ? value.toJSON() : (value as object),
      )) {
        parts.push(Buffer.of(typeByte(field)));
        appendText(parts, name);
        append(parts, field);
      }
      parts.push(Buffer.of(END));
      break;
    case TypeByte.array:
      for (const item of value as unknown[]) append(parts, item);
      parts.push(Buffer.of(END));
      break;
    case TypeByte.objectId:
      parts.push((value as ObjectId).id);
      break;
    case TypeByte.boolean:
      parts.push(Buffer.of(value === true ? 1 : 0));
      break;
    case TypeByte.date:
      parts.push(signed64(BigInt(Math.trunc((value as Date).getTime()) || 0)));
      break;
    case TypeByte.timestamp:
      parts.push(Buffer.from((value as Timestamp).toBytesBE()));
      break;
    case TypeByte.binary:
      appendBinary(parts, value as Binary | Uint8Array);
      break;
    case TypeByte.regex:
      if (value instanceof RegExp) appendText(parts, `${value.source}\0${value.flags}`);
      else appendText(parts, `${(value as BSONRegExp).pattern}\0${(value as BSONRegExp).options}`);
      break;
    case TypeByte.code:
      appendText(parts, String((value as Code).code));
      if ((value as Code).scope) append(parts, { ...(value as Code).scope });
      parts.push(Buffer.of(END));
      break;
  }
}

/** UTF-8 with zero bytes escaped, ended by two zero bytes, so that a shorter text sorts before a longer one. */
function appendText(parts: Uint8Array[], text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  let start = 0;
  for (let zero = bytes.indexOf(0); zero !== -1; zero = bytes.indexOf(0, start)) {
    parts.push(bytes.subarray(start, zero), ZERO_INSIDE);
    start = zero + 1;
  }
  parts.push(start === 0 ? bytes : bytes.subarray(start), TEXT_END);
}
const ZERO_INSIDE = Buffer.of(0x00, 0xff);
const TEXT_END = Buffer.of(0x00, 0x00);

/** MongoDB compares binary data by length first. */
function appendBinary(parts: Uint8Array[], value: Binary | Uint8Array): void {
  const bytes = value instanceof Binary ? value.buffer.subarray(0, value.position) : value;
  const head = Buffer.alloc(5);
  head.writeUInt32BE(bytes.length);
  head[4] = value instanceof Binary ? value.sub_type : 0;
  parts.push(head, bytes);
}

function signed64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value + 0x8000000000000000n));
  return bytes;
}

/** Kept here because Timestamp is a Long to `instanceof`. */
export const isLong = (value: unknown): value is Long =>
  value instanceof Long && !(value instanceof Timestamp);
