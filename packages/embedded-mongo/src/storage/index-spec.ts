import { Int32 } from 'bson';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { equalValues } from '../bson/compare.js';
import { asFlag, asInteger, isNumber, toNumber } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { conditionsOf } from '../query/conditions.js';
import { typeName } from '../query/type-names.js';
import { shellText } from '../bson/shell-text.js';

const KNOWN =
  'v key name unique sparse expireAfterSeconds partialFilterExpression background hidden ns collation dropDups'.split(
    ' ',
  );
const OF_OTHER_KINDS =
  'weights default_language language_override textIndexVersion 2dsphereIndexVersion bits min max bucketSize wildcardProjection clustered prepareUnique storageEngine'.split(
    ' ',
  );
const PARTIAL_OPERATORS = ['$eq', '$gt', '$gte', '$lt', '$lte', '$exists', '$type', '$in'];

/** Checks an index specification of createIndexes and returns the form that is stored. */
export function normalizeIndexSpec(spec: Doc): Doc {
  const key = keyOf(spec['key']);
  const name = spec['name'];
  if (typeof name !== 'string' || name === '')
    throw new MongoError(9, "The 'name' field is a required property of an index specification");
  for (const field of Object.keys(spec)) {
    if (OF_OTHER_KINDS.includes(field))
      throw new MongoError(67, `index option '${field}' is not supported by the embedded database`);
    if (!KNOWN.includes(field))
      throw new MongoError(
        197,
        `The field '${field}' is not valid for an index specification. Specification: ${shellText(spec)}`,
      );
  }
  const collation = spec['collation'];
  if (isPlainObject(collation) && collation['locale'] !== 'simple') {
    throw new MongoError(
      67,
      'index collations other than { locale: "simple" } are not supported by the embedded database',
    );
  }
  if (asFlag(spec['hidden']))
    throw new MongoError(67, 'hidden indexes are not supported by the embedded database');
  const seconds = expiry(spec['expireAfterSeconds'], key);
  const partial = partialFilter(spec['partialFilterExpression']);
  if (partial && asFlag(spec['sparse']))
    throw new MongoError(67, 'cannot mix "partialFilterExpression" and "sparse" options');
  return {
    v: new Int32(2),
    ...(asFlag(spec['unique']) ? { unique: true } : {}),
    key,
    name,
    ...(asFlag(spec['sparse']) ? { sparse: true } : {}),
    ...(seconds === undefined ? {} : { expireAfterSeconds: new Int32(seconds) }),
    ...(partial ? { partialFilterExpression: partial } : {}),
  };
}

function keyOf(key: unknown): Doc {
  if (!isPlainObject(key)) throw new MongoError(14, "The field 'key' must be an object");
  if (Object.keys(key).length === 0) throw new MongoError(67, 'Index keys cannot be empty.');
  for (const [path, direction] of Object.entries(key)) {
    if (typeof direction === 'string')
      throw new MongoError(67, `Index type '${direction}' is not supported by the embedded database`);
    if (!isNumber(direction) || toNumber(direction) === 0 || Number.isNaN(toNumber(direction))) {
      throw new MongoError(
        67,
        `Values in v:2 index key pattern cannot be of type ${typeName(direction)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
      );
    }
    if (path.includes('$**'))
      throw new MongoError(67, 'wildcard indexes are not supported by the embedded database');
    if (path.split('.').includes('')) throw new MongoError(67, 'Index keys cannot contain an empty field.');
    if (path.split('.').some((step) => step.startsWith('$')))
      throw new MongoError(67, "Index key contains an illegal field name: field name starts with '$'.");
  }
  return key;
}

function expiry(value: unknown, key: Doc): number | undefined {
  if (value === undefined) return undefined;
  const seconds = asInteger(value);
  if (seconds === undefined || seconds < 0 || seconds > 0x7fffffff) {
    throw new MongoError(
      67,
      "TTL index 'expireAfterSeconds' option must be within an acceptable range, try a number between 0 and 2147483647",
    );
  }
  if (Object.keys(key).length > 1)
    throw new MongoError(67, 'TTL indexes are single-field indexes, compound indexes do not support TTL.');
  if ('_id' in key)
    throw new MongoError(197, "The field 'expireAfterSeconds' is not valid for an _id index specification.");
  return seconds;
}

function partialFilter(value: unknown): Doc | undefined {
  if (value === undefined) return undefined;
  if (!isPlainObject(value))
    throw new MongoError(14, "The field 'partialFilterExpression' must be an object");
  const { byPath, residual } = conditionsOf(value);
  for (const condition of [...byPath.values()].flat()) {
    const negativeExists = condition.operator === '$exists' && !asFlag(condition.operand);
    if (!PARTIAL_OPERATORS.includes(condition.operator) || negativeExists) {
      throw new MongoError(67, `Expression not supported in partial index: ${condition.operator}`);
    }
  }
  if (residual)
    throw new MongoError(67, 'Expression not supported in partial index: only conditions joined by $and');
  return value;
}

/** True if both specifications describe the same index, apart from the name. */
export function sameIndex(a: Doc, b: Doc): boolean {
  const essence = (spec: Doc): Doc => {
    const decisive = Object.entries(spec).filter(([field]) => !['name', 'v', 'key'].includes(field));
    return Object.fromEntries(decisive.sort(([x], [y]) => (x < y ? -1 : 1)));
  };
  return sameKey(a['key'], b['key']) && equalValues(essence(a), essence(b));
}

/** Directions are compared by their sign. */
export function sameKey(a: unknown, b: unknown): boolean {
  const signs = (key: unknown): string =>
    JSON.stringify(
      Object.entries(key as Doc).map(([path, direction]) => [path, Math.sign(asInteger(direction) ?? 0)]),
    );
  return signs(a) === signs(b);
}
