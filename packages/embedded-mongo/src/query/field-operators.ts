import { MongoError } from '../mongo-error.js';
import { compareValues, equalValues, isNullish, sameBracket } from '../bson/compare.js';
import { isPlainObject } from '../bson/codec.js';
import { asFlag, asInteger, isNumber, toNumber } from '../bson/numbers.js';
import { bitsPredicate } from './bit-operators.js';
import type { Nested } from './matcher.js';
import { regexTest } from './regex.js';
import { typeTest } from './type-names.js';

/** Tests the values at a path: usually one, several through arrays, undefined for a missing field. */
export type LeafPredicate = (leaves: readonly unknown[]) => boolean;

/** True when the value or, if it is an array, any of its elements passes. */
const some =
  (test: (value: unknown) => boolean): LeafPredicate =>
  (leaves) =>
    leaves.some((leaf) => test(leaf) || (Array.isArray(leaf) && leaf.some(test)));

const not =
  (predicate: LeafPredicate): LeafPredicate =>
  (leaves) =>
    !predicate(leaves);

/** Compiles a query operator on a field. */
export function fieldPredicate(
  operator: string,
  operand: unknown,
  siblings: Record<string, unknown>,
  nested: Nested,
): LeafPredicate {
  switch (operator) {
    case '$eq':
      return equality(operand);
    case '$ne':
      return not(equality(operand));
    case '$gt':
      return ordering(operand, (order) => order > 0);
    case '$gte':
      return ordering(operand, (order) => order >= 0);
    case '$lt':
      return ordering(operand, (order) => order < 0);
    case '$lte':
      return ordering(operand, (order) => order <= 0);
    case '$in':
      return membership(operator, operand);
    case '$nin':
      return not(membership(operator, operand));
    case '$exists': {
      const wanted = asFlag(operand);
      return (leaves) => leaves.some((leaf) => leaf !== undefined) === wanted;
    }
    case '$type':
      return some(typeTest(operand));
    case '$regex':
      return some(regexTest(operand, siblings['$options']));
    case '$not':
      return negation(operand, nested);
    case '$size': {
      const size = asInteger(operand);
      if (size === undefined || size < 0)
        throw new MongoError(2, 'Failed to parse $size. Expected a non-negative number');
      return (leaves) => leaves.some((leaf) => Array.isArray(leaf) && leaf.length === size);
    }
    case '$mod':
      return modulo(operand);
    case '$all':
      return containsAll(operand, nested);
    case '$elemMatch':
      return elementMatch(operand, nested);
    case '$bitsAllSet':
    case '$bitsAllClear':
    case '$bitsAnySet':
    case '$bitsAnyClear':
      return some(bitsPredicate(operator, operand));
    case '$comment':
      return () => true;
    default:
      throw new MongoError(2, `unknown operator: ${operator}`);
  }
}

function equality(operand: unknown): LeafPredicate {
  if (isNullish(operand)) return some(isNullish);
  return some((value) => value !== undefined && equalValues(value, operand));
}

function ordering(operand: unknown, accept: (order: number) => boolean): LeafPredicate {
  // $gte and $lte of null are equality with null; $gt and $lt of null match nothing.
  if (isNullish(operand)) return accept(0) ? equality(operand) : () => false;
  const notANumber = isNumber(operand) && Number.isNaN(toNumber(operand));
  if (notANumber) return accept(0) ? equality(operand) : () => false;
  return some(
    (value) =>
      value !== undefined &&
      sameBracket(value, operand) &&
      !(isNumber(value) && Number.isNaN(toNumber(value))) &&
      accept(compareValues(value, operand)),
  );
}

function membership(operator: string, operand: unknown): LeafPredicate {
  if (!Array.isArray(operand)) throw new MongoError(2, `${operator} needs an array`);
  const strings = new Set<unknown>();
  const others: LeafPredicate[] = [];
  for (const item of operand as unknown[]) {
    if (typeof item === 'string') strings.add(item);
    else if (isRegex(item)) others.push(some(regexTest(item, undefined)));
    else if (isPlainObject(item) && Object.keys(item)[0]?.startsWith('$')) {
      throw new MongoError(2, `cannot nest $ under ${operator}`);
    } else others.push(equality(item));
  }
  const known = some((value) => strings.has(value));
  return (leaves) => (strings.size > 0 && known(leaves)) || others.some((test) => test(leaves));
}

const isRegex = (value: unknown): boolean =>
  value instanceof RegExp || (value as { _bsontype?: string } | null)?._bsontype === 'BSONRegExp';

function negation(operand: unknown, nested: Nested): LeafPredicate {
  if (!isRegex(operand) && !nested.isOperatorDocument(operand)) {
    throw new MongoError(2, '$not needs a regex or a document');
  }
  return not(nested.leafPredicate(operand));
}

function modulo(operand: unknown): LeafPredicate {
  if (!Array.isArray(operand) || operand.length < 2)
    throw new MongoError(2, 'malformed mod, not enough elements');
  if (operand.length > 2) throw new MongoError(2, 'malformed mod, too many elements');
  const [divisor, remainder] = operand.map(asInteger);
  if (divisor === undefined) throw new MongoError(2, 'malformed mod, divisor not a number');
  if (divisor === 0) throw new MongoError(2, 'divisor cannot be 0');
  return some((value) => isNumber(value) && Math.trunc(toNumber(value)) % divisor === (remainder ?? 0));
}

function containsAll(operand: unknown, nested: Nested): LeafPredicate {
  if (!Array.isArray(operand)) throw new MongoError(2, '$all needs an array');
  const tests = (operand as unknown[]).map((item) =>
    isPlainObject(item) && '$elemMatch' in item
      ? elementMatch(item['$elemMatch'], nested)
      : nested.leafPredicate(isRegex(item) ? item : { $eq: item }),
  );
  return (leaves) => tests.length > 0 && tests.every((test) => test(leaves));
}

function elementMatch(operand: unknown, nested: Nested): LeafPredicate {
  if (!isPlainObject(operand)) throw new MongoError(2, '$elemMatch needs an Object');
  const first = Object.keys(operand)[0] ?? '';
  const onValues = first.startsWith('$') && !['$and', '$or', '$nor', '$expr'].includes(first);
  if (onValues) {
    const test = nested.leafPredicate(operand);
    return (leaves) => leaves.some((leaf) => Array.isArray(leaf) && leaf.some((item) => test([item])));
  }
  const test = nested.compile(operand);
  return (leaves) =>
    leaves.some((leaf) => Array.isArray(leaf) && leaf.some((item) => isPlainObject(item) && test(item)));
}
