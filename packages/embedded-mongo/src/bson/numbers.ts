import { Decimal128, Double, Int32, Long, Timestamp } from 'bson';

/** The four BSON number types, and the JavaScript number that represents int or double. */
export type BsonNumber = number | bigint | Int32 | Double | Long | Decimal128;

export function isNumber(value: unknown): value is BsonNumber {
  if (typeof value === 'number' || typeof value === 'bigint') return true;
  return (
    value instanceof Int32 ||
    value instanceof Double ||
    (value instanceof Long && !(value instanceof Timestamp)) ||
    value instanceof Decimal128
  );
}

/** The nearest JavaScript number. */
export function toNumber(value: BsonNumber): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Long) return value.toNumber();
  if (value instanceof Decimal128) return Number(value.toString());
  return value.valueOf();
}

/** MongoDB's names of the number types, by which updates decide what a sum becomes. */
export function numberType(value: BsonNumber): 'int' | 'long' | 'double' | 'decimal' {
  if (value instanceof Int32) return 'int';
  if (value instanceof Double) return 'double';
  if (value instanceof Long || typeof value === 'bigint') return 'long';
  if (value instanceof Decimal128) return 'decimal';
  return Number.isInteger(value) && Math.abs(value) <= 0x7fffffff ? 'int' : 'double';
}

/** A whole number out of a command's argument, or undefined when it is something else. */
export function asInteger(value: unknown): number | undefined {
  if (!isNumber(value)) return undefined;
  const number = toNumber(value);
  return Number.isFinite(number) ? Math.trunc(number) : undefined;
}

/** MongoDB takes any number or boolean for a flag. */
export function asFlag(value: unknown): boolean {
  if (isNumber(value)) return toNumber(value) !== 0;
  return value === true;
}
