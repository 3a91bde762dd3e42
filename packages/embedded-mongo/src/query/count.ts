import type { Doc } from '../bson/codec.js';
import { Pacer } from '../pacer.js';
import type { Collection } from '../storage/collection.js';
import { Matcher } from './matcher.js';
import { choosePlan } from './planner.js';
import { Search, type SearchOptions } from './search.js';

/** Counts matches: from the counter for an empty filter, from index keys if they are exact, else by a search. */
export async function countMatches(
  collection: Collection,
  filter: Doc,
  options: SearchOptions = {},
): Promise<number> {
  const { skip = 0, limit = Infinity } = options;
  void new Matcher(filter, options.variables);
  return Math.min(Math.max((await total(collection, filter, skip + limit, options)) - skip, 0), limit);
}

async function total(
  collection: Collection,
  filter: Doc,
  enough: number,
  { hint, variables }: SearchOptions,
): Promise<number> {
  if (Object.keys(filter).length === 0) return collection.count;
  const plan = choosePlan(collection, filter, undefined, hint);
  if ('index' in plan && plan.exact) {
    const pacer = new Pacer();
    let keys = 0;
    for (const { low, high } of plan.intervals) {
      keys += collection.countKeys(low, high);
      if (pacer.due) await pacer.rest();
    }
    return keys;
  }
  let matches = 0;
  const limit = Number.isFinite(enough) ? enough : undefined;
  for await (const piece of new Search(collection, filter, { limit, hint, variables }).pieces())
    matches += piece.length;
  return matches;
}
