import { createHash } from 'node:crypto';
import { valueKey } from '../bson/value-key.js';
import { MAX_KEY_BYTES } from './engine.js';
import { EMPTY_ARRAY } from './index-values.js';
import type { IndexField } from './index-definition.js';

const INDEX_ID_BYTES = 4;
const RECORD_BYTES = 8;
const HASH_BYTES = 16;
/** Space for AFTER_ALL after a prefix. */
const SLACK = 16;

/** The maximum bytes of one field in a key of `fieldCount` fields. */
const budget = (fieldCount: number): number =>
  Math.floor((MAX_KEY_BYTES - INDEX_ID_BYTES - RECORD_BYTES - SLACK) / fieldCount);

export interface EncodedTuple {
  readonly bytes: Buffer;
  /** False if a value was too long, so that only its beginning and a hash are stored. */
  readonly exact: boolean;
}

/** The part of a key between index id and record number. */
export function tupleKey(tuple: readonly unknown[], fields: readonly IndexField[]): EncodedTuple {
  let exact = true;
  const parts = tuple.map((value, i) => {
    const whole = indexedValueKey(value);
    const limit = budget(fields.length);
    if (whole.length > limit) exact = false;
    return directed(shortened(whole, limit), fields[i]!.descending);
  });
  return { bytes: parts.length === 1 ? parts[0]! : Buffer.concat(parts), exact };
}

/** A missing field is indexed as null. */
export function indexedValueKey(value: unknown): Buffer {
  if (value === EMPTY_ARRAY) return valueKey(undefined);
  return valueKey(value === undefined ? null : value);
}

/** Shortens a long value to its beginning and a hash; equal values keep equal keys. */
function shortened(whole: Buffer, limit: number): Buffer {
  if (whole.length <= limit) return whole;
  const hash = createHash('sha256').update(whole).digest().subarray(0, HASH_BYTES);
  return Buffer.concat([whole.subarray(0, limit - HASH_BYTES), hash]);
}

/** A field's key bytes for an equality bound. */
export const pointKey = (value: unknown, field: IndexField, fieldCount: number): Buffer =>
  directed(shortened(indexedValueKey(value), budget(fieldCount)), field.descending);

/** Whether a range bound is short enough to be used as a whole. */
export const fitsBound = (value: Buffer, fieldCount: number): boolean =>
  value.length <= budget(fieldCount) - HASH_BYTES;

/** A range bound, truncated to the length up to which stored keys are ordered. The matcher drops extra documents. */
export const boundKey = (value: Buffer, field: IndexField, fieldCount: number): Buffer =>
  directed(value.subarray(0, budget(fieldCount) - HASH_BYTES), field.descending);

/** Inverts the bits of descending fields, so that one forward scan serves mixed directions. */
export function directed(bytes: Buffer, descending: boolean): Buffer {
  if (!descending) return bytes;
  const turned = Buffer.allocUnsafe(bytes.length);
  for (let i = 0; i < bytes.length; i++) turned[i] = ~bytes[i]! & 0xff;
  return turned;
}

export function indexPrefix(indexId: number): Buffer {
  const bytes = Buffer.allocUnsafe(INDEX_ID_BYTES);
  bytes.writeUInt32BE(indexId);
  return bytes;
}

export function recordSuffix(record: number): Buffer {
  const bytes = Buffer.alloc(RECORD_BYTES);
  bytes.writeUIntBE(record, 2, 6);
  return bytes;
}

/** The record number a key ends with. */
export const recordOf = (key: Buffer): number => key.readUIntBE(key.length - 6, 6);
