import { DBRef } from 'bson';
import { isPlainObject, type Doc } from './codec.js';

const INDEX = /^\d+$/;

/** The field of an embedded document, or undefined; never what Object.prototype happens to offer. */
export function fieldOf(value: unknown, name: string): unknown {
  if (isPlainObject(value)) return Object.hasOwn(value, name) ? value[name] : undefined;
  if (value instanceof DBRef) return (value.toJSON() as unknown as Doc)[name];
  return undefined;
}

/**
 * What a dotted path leads to, as queries see it: through every element of an array on the way, and through the
 * element at a position when the step is a number. undefined stands for a missing field.
 */
export function lookup(value: unknown, steps: readonly string[], from = 0): unknown[] {
  if (from === steps.length) return [value];
  const step = steps[from]!;
  if (!Array.isArray(value)) return lookup(fieldOf(value, step), steps, from + 1);
  const found: unknown[] = [];
  if (INDEX.test(step) && Number(step) < value.length)
    found.push(...lookup(value[Number(step)], steps, from + 1));
  for (const item of value) if (isPlainObject(item)) found.push(...lookup(item, steps, from));
  return found;
}

/** The value at a path without looking into arrays, as update operators and index messages need it. */
export function valueAt(doc: unknown, path: string): unknown {
  let value = doc;
  for (const step of path.split('.')) {
    value = Array.isArray(value) && INDEX.test(step) ? value[Number(step)] : fieldOf(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

export const isArrayIndex = (step: string): boolean => INDEX.test(step);
