import { isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import { Matcher } from '../query/matcher.js';
import type { ArrayFilters } from './array-filters.js';
import { getAt } from './document-path.js';

/** Finds the element that `$` refers to in the array at a path. */
export type PositionFinder = (doc: Doc, arrayPath: readonly string[]) => number | undefined;

/** Resolves `$`, `$[]` and `$[identifier]` to positions in this document's arrays. */
export function concretePaths(
  doc: Doc,
  path: string,
  filters: ArrayFilters,
  position: PositionFinder,
): string[][] {
  let found: string[][] = [[]];
  for (const step of path.split('.')) {
    if (!step.startsWith('$')) for (const steps of found) steps.push(step);
    else
      found = found.flatMap((steps) =>
        elements(doc, steps, step, path, filters, position).map((at) => [...steps, String(at)]),
      );
  }
  return found;
}

function elements(
  doc: Doc,
  steps: readonly string[],
  step: string,
  path: string,
  filters: ArrayFilters,
  position: PositionFinder,
): number[] {
  if (step === '$') {
    const at = position(doc, steps);
    if (at === undefined)
      throw new MongoError(2, 'The positional operator did not find the match needed from the query.');
    return [at];
  }
  const name = /^\$\[(.*)\]$/.exec(step)?.[1];
  if (name === undefined)
    throw new MongoError(
      52,
      `The dollar ($) prefixed field '${step}' in '${path}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
    );
  const array = getAt(doc, steps);
  if (array === undefined)
    throw new MongoError(
      2,
      `The path '${steps.join('.')}' must exist in the document in order to apply array updates.`,
    );
  if (!Array.isArray(array))
    throw new MongoError(2, `Cannot apply array updates to non-array element ${steps.at(-1) ?? ''}`);
  const all = [...array.keys()];
  if (name === '') return all;
  const matcher = filters.get(name, path);
  return all.filter((at) => matcher.matches({ [name]: array[at] as unknown }));
}

/** Finds the element that matched: the first that meets every condition on the array, else the first that meets any. */
export function positionFinder(filter: Doc): PositionFinder {
  return (doc, arrayPath) => {
    const array = getAt(doc, arrayPath);
    if (!Array.isArray(array)) return undefined;
    const path = arrayPath.join('.');
    const conditions = mentions(filter, path);
    if (conditions.length === 0) return undefined;
    const matchers = conditions.map((condition) => new Matcher(condition));
    const alone = array.map(
      (item: unknown) => arrayPath.reduceRight<unknown>((inner, step) => ({ [step]: inner }), [item]) as Doc,
    );
    const every = alone.findIndex((item) => matchers.every((matcher) => matcher.matches(item)));
    if (every !== -1) return every;
    const some = alone.findIndex((item) => matchers.some((matcher) => matcher.matches(item)));
    return some === -1 ? undefined : some;
  };
}

function mentions(filter: Doc, path: string): Doc[] {
  return Object.entries(filter).flatMap(([name, value]) => {
    if ((name === '$and' || name === '$or') && Array.isArray(value)) {
      return (value as Doc[]).flatMap((part) => mentions(part, path));
    }
    return name === path || name.startsWith(`${path}.`) ? [{ [name]: value }] : [];
  });
}
