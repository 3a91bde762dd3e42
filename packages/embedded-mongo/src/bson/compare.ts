import { Double, Int32, ObjectId } from 'bson';
import { TypeByte, typeByte, valueKey } from './value-key.js';

function simple(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Int32 || value instanceof Double) return value.value;
  return undefined;
}

/** MongoDB's order of any two values. The quick paths agree with `valueKey`, which is the definition. */
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

/** Equality as queries mean it: numbers across types, documents with their field order. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') return false;
  return compareValues(a, b) === 0;
}

/** Whether `a` and `b` may be ordered at all by $gt and its kin. */
export function sameBracket(a: unknown, b: unknown): boolean {
  return typeByte(a) === typeByte(b);
}

/** null and a missing field answer the same question. */
export function isNullish(value: unknown): boolean {
  const type = typeByte(value);
  return type === TypeByte.null || type === TypeByte.undefined;
}
