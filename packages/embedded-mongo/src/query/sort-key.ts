import { isPlainObject, type Doc } from '../bson/codec.js';
import { isNumber, toNumber } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { directed, indexedValueKey } from '../storage/index-key.js';
import { indexValues } from '../storage/index-values.js';

export interface SortKey {
  readonly path: string;
  readonly steps: readonly string[];
  readonly descending: boolean;
}

/** Parses a sort specification; undefined if it is missing or empty. */
export function parseSort(sort: unknown): SortKey[] | undefined {
  if (sort === undefined || sort === null) return undefined;
  if (!isPlainObject(sort)) throw new MongoError(14, 'Expected field sort to be of type object');
  const keys = Object.entries(sort).map(([path, direction]) => {
    if (path === '$natural')
      return { path, steps: [path], descending: isNumber(direction) && toNumber(direction) < 0 };
    if (isPlainObject(direction))
      throw new MongoError(238, '$meta sorts are not supported by the embedded database');
    const number = isNumber(direction) ? toNumber(direction) : 0;
    if (Math.abs(number) !== 1) {
      throw new MongoError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    }
    if (path === '' || path.split('.').includes('')) {
      throw new MongoError(15998, 'FieldPath field names may not be empty strings.');
    }
    if (path.startsWith('$'))
      throw new MongoError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    return { path, steps: path.split('.'), descending: number < 0 };
  });
  return keys.length > 0 ? keys : undefined;
}

/** The bytes by which a document sorts. An array sorts by its smallest element, or its largest if descending. */
export function sortKeyOf(doc: Doc, sort: readonly SortKey[]): Buffer {
  const parts = sort.map((key) => {
    const { tuples } = indexValues(doc, [key]);
    const keys = tuples.map(([value]) => directed(indexedValueKey(value), key.descending));
    return keys.length === 1
      ? keys[0]!
      : keys.reduce((least, other) => (Buffer.compare(other, least) < 0 ? other : least));
  });
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}
