import { Binary, Double } from 'bson';
import { isNumber, toNumber } from '../bson/numbers.js';
import { isLong } from '../bson/value-key.js';
import { MongoError } from '../mongo-error.js';

/** $bitsAllSet and its kin: the operand is a mask or a list of positions. */
export function bitsPredicate(operator: string, operand: unknown): (value: unknown) => boolean {
  const positions = positionsOf(operator, operand);
  const set = operator.endsWith('Set');
  const every = operator.startsWith('$bitsAll');
  return (value) => {
    const bit = bitReader(value);
    if (!bit) return false;
    const test = (position: number): boolean => bit(position) === set;
    return every ? positions.every(test) : positions.some(test);
  };
}

function positionsOf(operator: string, operand: unknown): number[] {
  if (Array.isArray(operand)) {
    return operand.map((position: unknown) => {
      const number = isNumber(position) ? toNumber(position) : NaN;
      if (!Number.isInteger(number) || number < 0) {
        throw new MongoError(2, `${operator} bit positions must be integers >= 0`);
      }
      return number;
    });
  }
  const bit = bitReader(operand);
  if (!bit) throw new MongoError(2, `${operator} takes an Array, a number, or a BinData`);
  const length = operand instanceof Binary ? operand.position * 8 : 64;
  return Array.from({ length }, (_, position) => position).filter(bit);
}

function bitReader(value: unknown): ((position: number) => boolean) | undefined {
  if (value instanceof Binary) {
    const bytes = value.buffer;
    return (position) => ((bytes[position >> 3] ?? 0) & (1 << (position & 7))) !== 0;
  }
  if (!isNumber(value)) return undefined;
  const number = toNumber(value);
  if (!Number.isInteger(number) || (value instanceof Double && !Number.isSafeInteger(number)))
    return undefined;
  const bits = isLong(value) ? value.toBigInt() : BigInt(number);
  // Two's complement goes on with its sign.
  return (position) => ((bits >> BigInt(Math.min(position, 63))) & 1n) === 1n;
}
