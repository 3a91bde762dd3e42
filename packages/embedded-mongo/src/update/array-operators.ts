import { isPlainObject, type Doc } from '../bson/codec.js';
import { compareValues, equalValues } from '../bson/compare.js';
import { asInteger, isNumber, toNumber } from '../bson/numbers.js';
import { MongoError } from '../mongo-error.js';
import { isOperatorDocument, leafPredicate, Matcher } from '../query/matcher.js';
import { parseSort, sortKeyOf } from '../query/sort-key.js';
import { typeName } from '../query/type-names.js';
import { getAt, setAt } from './document-path.js';
import type { FieldChange } from './field-operators.js';

/** Compiles an update operator on an array; undefined for all other operators. */
export function arrayChange(operator: string, path: string, operand: unknown): FieldChange | undefined {
  switch (operator) {
    case '$push':
      return push(path, operand);
    case '$addToSet':
      return addToSet(operand);
    case '$pop':
      return pop(path, operand);
    case '$pull':
      return removal('$pull', pullTest(operand));
    case '$pullAll': {
      if (!Array.isArray(operand))
        throw new MongoError(2, `$pullAll requires an array argument but was given a ${typeName(operand)}`);
      const values = operand as unknown[];
      return removal('$pullAll', (item) => values.some((value) => equalValues(item, value)));
    }
    default:
      return undefined;
  }
}

function arrayAt(doc: Doc, steps: readonly string[], operator: string): unknown[] | undefined {
  const value = getAt(doc, steps);
  if (value === undefined || Array.isArray(value)) return value as unknown[] | undefined;
  if (operator === '$push') {
    const id = String(doc['_id']);
    throw new MongoError(
      2,
      `The field '${steps.join('.')}' must be an array but is of type ${typeName(value)} in document {_id: ${id}}`,
    );
  }
  if (operator === '$addToSet') {
    throw new MongoError(
      2,
      `Cannot apply $addToSet to non-array field. Field named '${steps.at(-1)}' has non-array type ${typeName(value)}`,
    );
  }
  if (operator === '$pop') {
    throw new MongoError(
      14,
      `Path '${steps.join('.')}' contains an element of non-array type '${typeName(value)}'`,
    );
  }
  throw new MongoError(2, `Cannot apply ${operator} to a non-array value`);
}

function push(path: string, operand: unknown): FieldChange {
  const modifiers = isPlainObject(operand) && '$each' in operand ? operand : { $each: [operand] };
  const each = modifiers['$each'];
  if (!Array.isArray(each))
    throw new MongoError(
      2,
      `The argument to $each in $push must be an array but it was of type: ${typeName(each)}`,
    );
  for (const name of Object.keys(modifiers)) {
    if (!['$each', '$slice', '$sort', '$position'].includes(name))
      throw new MongoError(2, `Unrecognized clause in $push: ${name}`);
  }
  const position = wholeNumber(modifiers['$position'], 'The value for $position must be an integer value');
  const slice = wholeNumber(modifiers['$slice'], 'The value for $slice must be an integer value');
  const order = pushOrder(modifiers['$sort']);
  return (doc, steps) => {
    const array = [...(arrayAt(doc, steps, '$push') ?? [])];
    // A negative position counts from the end, as in splice.
    array.splice(position ?? array.length, 0, ...(each as unknown[]));
    if (order) array.sort(order);
    setAt(doc, steps, slice === undefined ? array : slice >= 0 ? array.slice(0, slice) : array.slice(slice));
  };
}

function wholeNumber(value: unknown, message: string): number | undefined {
  if (value === undefined) return undefined;
  if (!isNumber(value) || !Number.isInteger(toNumber(value)))
    throw new MongoError(2, `${message} but was given type: ${typeName(value)}`);
  return toNumber(value);
}

function pushOrder(sort: unknown): ((a: unknown, b: unknown) => number) | undefined {
  if (sort === undefined) return undefined;
  if (isNumber(sort)) {
    const direction = asInteger(sort);
    if (direction !== 1 && direction !== -1)
      throw new MongoError(2, 'The $sort element value must be either 1 or -1');
    return (a, b) => direction * compareValues(a, b);
  }
  const keys = parseSort(sort);
  if (!keys) throw new MongoError(2, 'The $sort pattern is empty when it should be a set of fields.');
  return (a, b) => Buffer.compare(sortKeyOf(a as Doc, keys), sortKeyOf(b as Doc, keys));
}

function addToSet(operand: unknown): FieldChange {
  const several = isPlainObject(operand) && '$each' in operand;
  const values = several ? operand['$each'] : [operand];
  if (!Array.isArray(values))
    throw new MongoError(
      14,
      `The argument to $each in $addToSet must be an array but it was of type ${typeName(values)}`,
    );
  return (doc, steps) => {
    const before = arrayAt(doc, steps, '$addToSet');
    const array = [...(before ?? [])];
    for (const value of values as unknown[]) {
      if (!array.some((item) => equalValues(item, value))) array.push(value);
    }
    if (!before || array.length > before.length) setAt(doc, steps, array);
  };
}

function pop(path: string, operand: unknown): FieldChange {
  const end = asInteger(operand);
  if (end !== 1 && end !== -1) throw new MongoError(9, `$pop expects 1 or -1, found: ${String(operand)}`);
  return (doc, steps) => {
    const array = arrayAt(doc, steps, '$pop');
    if (array && array.length > 0) setAt(doc, steps, end === 1 ? array.slice(0, -1) : array.slice(1));
  };
}

/** The operand of $pull: a value, operators on the element, or a filter for elements that are documents. */
function pullTest(operand: unknown): (item: unknown) => boolean {
  if (isPlainObject(operand) && !isOperatorDocument(operand)) {
    const matcher = new Matcher(operand);
    return (item) => isPlainObject(item) && matcher.matches(item);
  }
  const isRegex = (operand as { _bsontype?: string } | null)?._bsontype === 'BSONRegExp';
  if (!isPlainObject(operand) && !isRegex) return (item) => equalValues(item, operand);
  if (isPlainObject(operand) && /^\$(and|or|nor|expr)$/.test(Object.keys(operand)[0] ?? '')) {
    const matcher = new Matcher(operand);
    return (item) => isPlainObject(item) && matcher.matches(item);
  }
  const test = leafPredicate(operand);
  return (item) => test([item]);
}

function removal(operator: string, test: (item: unknown) => boolean): FieldChange {
  return (doc, steps) => {
    const array = arrayAt(doc, steps, operator);
    if (array?.some(test))
      setAt(
        doc,
        steps,
        array.filter((item) => !test(item)),
      );
  };
}
