import { EJSON } from 'bson';
import { decodeTyped, encode, type Doc } from '../../src/bson/codec.js';
import { compileUpdate, type UpdateOptions } from '../../src/update/update.js';

export interface ApplyOptions extends UpdateOptions {
  readonly filter?: Doc;
  readonly inserting?: boolean;
}

/** The document, the update, and the result according to MongoDB's manual; numbers may be in extended JSON. */
export type UpdateCase = [name: string, before: Doc, spec: unknown, after: Doc, options?: ApplyOptions];
/** The document, the update, and the error code. */
export type RefusedUpdate = [name: string, before: Doc, spec: unknown, code: number, options?: ApplyOptions];

/** A document as it is decoded from the wire. */
const received = (doc: unknown): Doc =>
  decodeTyped(encode(EJSON.deserialize(doc as Doc, { relaxed: false }) as Doc));
const receivedValue = (value: unknown): unknown => received({ value })['value'];

/** Applies an update and returns the stored result in canonical extended JSON, which shows the type of each number. */
export function applied(
  doc: Doc,
  spec: unknown,
  { filter = {}, inserting = false, arrayFilters }: ApplyOptions = {},
): Doc {
  const options = arrayFilters === undefined ? {} : { arrayFilters: receivedValue(arrayFilters) };
  const update = compileUpdate(receivedValue(spec), received(filter), options);
  return EJSON.serialize(decodeTyped(encode(update(received(doc), inserting))), { relaxed: false }) as Doc;
}

export const canonical = (doc: Doc): Doc => EJSON.serialize(received(doc), { relaxed: false }) as Doc;

export const int = (value: number): Doc => ({ $numberInt: String(value) });
export const long = (value: number | string): Doc => ({ $numberLong: String(value) });
export const double = (value: number | string): Doc => ({ $numberDouble: String(value) });
export const decimal = (value: string): Doc => ({ $numberDecimal: value });
