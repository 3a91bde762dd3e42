import { isPlainObject, type Doc } from '../bson/codec.js';
import { isArrayIndex } from '../bson/path.js';
import { MongoError } from '../mongo-error.js';
import { shellText } from '../bson/shell-text.js';

/** The largest number of nulls MongoDB pads an array with. */
const MAX_PADDING = 1_500_000;

export type Container = Doc | unknown[];

/** The value at a concrete path. Array positions are ordinary steps. */
export function getAt(doc: Doc, steps: readonly string[]): unknown {
  let value: unknown = doc;
  for (const step of steps) {
    if (Array.isArray(value)) value = isArrayIndex(step) ? value[Number(step)] : undefined;
    else value = isPlainObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

/** Sets a value and creates missing parent documents. Throws PathNotViable if a parent is a scalar. */
export function setAt(doc: Doc, steps: readonly string[], value: unknown): void {
  let holder: Container = doc;
  for (const [i, step] of steps.slice(0, -1).entries()) {
    const next: unknown = child(holder, step);
    if (next === undefined) {
      const made: Doc = {};
      put(holder, step, made, steps[i - 1]);
      holder = made;
    } else if (isPlainObject(next) || Array.isArray(next)) holder = next as Container;
    else throw notViable(steps[i + 1]!, step, next);
  }
  put(holder, steps.at(-1)!, value, steps.at(-2));
}

/** Removes a field. An array element is set to null instead, so that the array keeps its length. */
export function unsetAt(doc: Doc, steps: readonly string[]): void {
  const holder = steps.length === 1 ? doc : getAt(doc, steps.slice(0, -1));
  const last = steps.at(-1)!;
  if (Array.isArray(holder)) {
    if (isArrayIndex(last) && Number(last) < holder.length) holder[Number(last)] = null;
  } else if (isPlainObject(holder)) delete holder[last];
}

function child(holder: Container, step: string): unknown {
  if (Array.isArray(holder)) return isArrayIndex(step) ? (holder[Number(step)] as unknown) : undefined;
  return Object.hasOwn(holder, step) ? holder[step] : undefined;
}

function put(holder: Container, step: string, value: unknown, parent: string | undefined): void {
  if (!Array.isArray(holder)) {
    if (step === '__proto__')
      Object.defineProperty(holder, step, { value, enumerable: true, configurable: true, writable: true });
    else holder[step] = value;
    return;
  }
  if (!isArrayIndex(step)) throw notViable(step, parent ?? '', holder);
  const position = Number(step);
  if (position - holder.length > MAX_PADDING)
    throw new MongoError(2, `can't backfill more than ${MAX_PADDING} elements`);
  while (holder.length < position) holder.push(null);
  holder[position] = value;
}

const notViable = (step: string, parent: string, value: unknown): MongoError =>
  new MongoError(28, `Cannot create field '${step}' in element {${parent}: ${shellText(value)}}`);
