import { DBRef } from 'bson';
import { isPlainObject, type Doc } from './codec.js';

const INDEX = /^\d+$/;

/** An own field of an embedded document, or undefined; never a property of Object.prototype. */
export function fieldOf(value: unknown, name: string): unknown {
  if (isPlainObject(value)) return Object.hasOwn(value, name) ? value[name] : undefined;
  if (value instanceof DBRef) return (value.toJSON() as unknown as Doc)[name];
  return undefined;
}

/**
 * The values at a dotted path, as queries see them: through every element of an array on the path, and also through the
 * element at a position if the step is a number. A missing field yields undefined.
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

/** The value at a path without traversing arrays, for update operators and index messages. */
export function valueAt(doc: unknown, path: string): unknown {
  let value = doc;
  for (const step of path.split('.')) {
    value = Array.isArray(value) && INDEX.test(step) ? value[Number(step)] : fieldOf(value, step);
    if (value === undefined) return undefined;
  }
  return value;
}

export const isArrayIndex = (step: string): boolean => INDEX.test(step);
