import { fieldOf, isArrayIndex } from '../bson/path.js';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import type { IndexField } from './index-definition.js';

/** The traversal of one field's path: the value reached and the remaining steps. */
interface Cursor {
  readonly value: unknown;
  readonly rest: readonly string[];
  readonly settled: boolean;
}

export interface IndexValues {
  /** One tuple per key the document has in this index; undefined stands for a missing field. */
  readonly tuples: unknown[][];
  /** Paths that pass through or end at an array. */
  readonly multikey: ReadonlySet<string>;
}

/** All keys of a document in an index. An array yields one key per element; two different arrays throw. */
export function indexValues(doc: Doc, fields: readonly IndexField[]): IndexValues {
  const tuples: unknown[][] = [];
  const multikey = new Set<string>();
  const expand = (cursors: Cursor[]): void => {
    const reached = cursors.map(descend);
    const pending = reached.filter((cursor) => !cursor.settled);
    const array = pending[0]?.value as unknown[] | undefined;
    if (array === undefined) {
      tuples.push(reached.map((cursor) => cursor.value));
      return;
    }
    const other = reached.findIndex((cursor) => !cursor.settled && cursor.value !== array);
    if (other !== -1) throw parallelArrays(fields, reached, array, other);
    reached.forEach((cursor, i) => !cursor.settled && multikey.add(fields[i]!.path));
    const items = array.length > 0 ? array : [undefined];
    for (const item of items) {
      expand(reached.map((cursor) => (cursor.settled ? cursor : into(cursor, item, array))));
    }
  };
  expand(fields.map((field) => ({ value: doc, rest: field.steps, settled: false })));
  return { tuples, multikey };
}

/** Follows the path to its end or to the next array. */
function descend(cursor: Cursor): Cursor {
  if (cursor.settled) return cursor;
  let { value } = cursor;
  for (let i = 0; i < cursor.rest.length; i++) {
    const step = cursor.rest[i]!;
    if (Array.isArray(value)) {
      if (!(isArrayIndex(step) && Number(step) < value.length)) {
        return { value, rest: cursor.rest.slice(i), settled: false };
      }
      value = value[Number(step)];
    } else value = fieldOf(value, step);
    if (value === undefined) return { value, rest: [], settled: true };
  }
  return { value, rest: [], settled: !Array.isArray(value) };
}

/** The key value of an array element: the element itself, or the value at the rest of the path in it. */
function into(cursor: Cursor, item: unknown, array: unknown[]): Cursor {
  if (cursor.rest.length === 0) {
    // An empty array has its own key, below null.
    return { value: array.length === 0 ? EMPTY_ARRAY : item, rest: [], settled: true };
  }
  return isPlainObject(item)
    ? { value: item, rest: cursor.rest, settled: false }
    : { value: undefined, rest: [], settled: true };
}

/** Sorts as BSON's undefined, below null, whereas a missing field sorts as null. */
export const EMPTY_ARRAY = Symbol('empty array');

function parallelArrays(fields: readonly IndexField[], reached: Cursor[], array: unknown[], other: number) {
  const first = reached.findIndex((cursor) => !cursor.settled && cursor.value === array);
  const name = (i: number): string => fields[i]!.steps.at(-1)!;
  return new MongoError(171, `cannot index parallel arrays [${name(other)}] [${name(first)}]`);
}
