import { Double, Int32, ObjectId } from 'bson';
import { TypeByte, typeByte, valueKey } from './value-key.js';

function simple(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  return undefined;
}

/** Compares two values in MongoDB's order. The fast paths must agree with `valueKey`, which defines the order. */
export function compareValues(a: unknown, b: unknown): number {
  if (a === b) return 0;
  const left = simple(a);
  const right = simple(b);
  if (left !== undefined && right !== undefined && !Number.isNaN(left) && !Number.isNaN(right)) {
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const byType = typeByte(a) - typeByte(b);
  if (byType !== 0) return byType;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (a instanceof ObjectId && b instanceof ObjectId) return Buffer.compare(a.id, b.id);
  return Buffer.compare(valueKey(a), valueKey(b));
}

/** Equality in queries: numbers across types, documents including their field order. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') return false;
  return compareValues(a, b) === 0;
}

/** Whether $gt, $gte, $lt and $lte may compare `a` and `b`. */
export function sameBracket(a: unknown, b: unknown): boolean {
  return typeByte(a) === typeByte(b);
}

/** True for null and for a missing field. */
export function isNullish(value: unknown): boolean {
  const type = typeByte(value);
  return type === TypeByte.null || type === TypeByte.undefined;
}
