import { BSONRegExp, BSONSymbol, Double, Int32, Long } from 'bson';
import { equalValues } from './compare.js';
import { isPlainObject, type Doc } from './codec.js';
import { isNumber } from './numbers.js';
import { isLong } from './value-key.js';

/** A copy with JavaScript numbers and regular expressions, as mingo expects them. */
export function plain(value: unknown): unknown {
  if (value instanceof Int32 || value instanceof Double) return value.value;
  if (value instanceof BSONSymbol) return value.value;
  if (isLong(value)) {
    const number = value.toNumber();
    return Number.isSafeInteger(number) ? number : value;
  }
  if (value instanceof BSONRegExp) return new RegExp(value.pattern, value.options.replace(/[^imsu]/g, ''));
  if (Array.isArray(value)) return value.map(plain);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}

export const plainDoc = (doc: Doc): Doc => plain(doc) as Doc;

/** Restores the BSON type of numbers that a pipeline passed through unchanged. */
export function restoreTypes(result: unknown, original: unknown): unknown {
  if (isNumber(result)) {
    return isNumber(original) && !(result instanceof Long) && equalValues(result, original)
      ? original
      : result;
  }
  if (Array.isArray(result)) {
    const before: unknown[] = Array.isArray(original) ? original : [];
    return result.map((item, i) => restoreTypes(item, before[i]));
  }
  if (!isPlainObject(result)) return result;
  const before = isPlainObject(original) ? original : {};
  return Object.fromEntries(
    Object.entries(result).map(([name, field]) => [name, restoreTypes(field, before[name])]),
  );
}
