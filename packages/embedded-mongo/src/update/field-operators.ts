import { Int32, Long, Timestamp } from 'bson';
import { isPlainObject, type Doc } from '../bson/codec.js';
import { compareValues } from '../bson/compare.js';
import { isNumber, numberType } from '../bson/numbers.js';
import { isLong } from '../bson/value-key.js';
import { MongoError } from '../mongo-error.js';
import { typeName } from '../query/type-names.js';
import { shellText } from '../bson/shell-text.js';
import { calculate, toBigInt } from './arithmetic.js';
import { getAt, setAt, unsetAt } from './document-path.js';

/** Changes one field of a document in place. */
export type FieldChange = (doc: Doc, steps: readonly string[]) => void;

/** Compiles an update operator on a single value; undefined for all other operators. */
export function fieldChange(operator: string, path: string, operand: unknown): FieldChange | undefined {
  switch (operator) {
    case '$set':
    case '$setOnInsert':
      return (doc, steps) => setAt(doc, steps, operand);
    case '$unset':
      return unsetAt;
    case '$inc':
      return arithmetic('add', operator, path, operand);
    case '$mul':
      return arithmetic('multiply', operator, path, operand);
    case '$min':
      return extreme(operand, (order) => order < 0);
    case '$max':
      return extreme(operand, (order) => order > 0);
    case '$currentDate':
      return currentDate(operand);
    case '$bit':
      return bitwise(path, operand);
    default:
      return undefined;
  }
}

function arithmetic(
  operation: 'add' | 'multiply',
  operator: string,
  path: string,
  operand: unknown,
): FieldChange {
  const verb = operation === 'add' ? 'increment' : 'multiply';
  if (!isNumber(operand)) {
    throw new MongoError(14, `Cannot ${verb} with non-numeric argument: {${path}: ${shellText(operand)}}`);
  }
  return (doc, steps) => {
    const current = getAt(doc, steps);
    if (current === undefined) {
      setAt(doc, steps, operation === 'add' ? operand : calculate('multiply', zeroLike(operand), operand));
      return;
    }
    if (!isNumber(current)) {
      const id = shellText(doc['_id']);
      throw new MongoError(
        14,
        `Cannot apply ${operator} to a value of non-numeric type. {_id: ${id}} has the field '${steps.at(-1)}' of non-numeric type ${typeName(current)}`,
      );
    }
    setAt(doc, steps, calculate(operation, current, operand));
  };
}

const zeroLike = (operand: unknown): Int32 | Long => (isLong(operand) ? Long.ZERO : new Int32(0));

function extreme(operand: unknown, replaces: (order: number) => boolean): FieldChange {
  return (doc, steps) => {
    const current = getAt(doc, steps);
    if (current === undefined || replaces(compareValues(operand, current))) setAt(doc, steps, operand);
  };
}

function currentDate(operand: unknown): FieldChange {
  const type = isPlainObject(operand) ? operand['$type'] : operand;
  if (type !== true && type !== 'date' && type !== 'timestamp') {
    throw new MongoError(
      2,
      "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
    );
  }
  const now = new Date();
  const value = type === 'timestamp' ? new Timestamp({ t: Math.floor(now.getTime() / 1000), i: 1 }) : now;
  return (doc, steps) => setAt(doc, steps, value);
}

function bitwise(path: string, operand: unknown): FieldChange {
  if (!isPlainObject(operand)) {
    throw new MongoError(
      2,
      `The $bit modifier is not compatible with a ${typeName(operand)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    );
  }
  const steps = Object.entries(operand).map(([name, mask]) => {
    if (!isNumber(mask) || !['int', 'long'].includes(numberType(mask))) {
      throw new MongoError(
        2,
        `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(mask)}' is not supported here: {${name}: ${shellText(mask)}}`,
      );
    }
    if (!['and', 'or', 'xor'].includes(name)) {
      throw new MongoError(
        2,
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator: {${name}: ${shellText(mask)}}`,
      );
    }
    return { name, mask };
  });
  return (doc, at) => {
    const current = getAt(doc, at) ?? new Int32(0);
    if (!isNumber(current) || !['int', 'long'].includes(numberType(current))) {
      throw new MongoError(
        2,
        `Cannot apply $bit to a value of non-integral type. {_id: ${shellText(doc['_id'])}} has the field ${path} of non-integer type ${typeName(current)}`,
      );
    }
    let bits = toBigInt(current);
    for (const { name, mask } of steps) {
      const other = toBigInt(mask);
      bits = name === 'and' ? bits & other : name === 'or' ? bits | other : bits ^ other;
    }
    const long = isLong(current) || steps.some(({ mask }) => isLong(mask));
    setAt(doc, at, long ? Long.fromBigInt(bits) : new Int32(Number(bits)));
  };
}
