import { isPlainObject, type Doc } from '../bson/codec.js';
import { equalValues, isNullish } from '../bson/compare.js';
import { MongoError } from '../mongo-error.js';
import type { Collection } from '../storage/collection.js';
import { conditionsOf, type Conditions } from './conditions.js';
import { planIndex } from './index-plan.js';
import type { IndexPlan, Plan } from './plan.js';
import type { SortKey } from './sort-key.js';

/** Up to this number of keys, sorting is cheaper than using an index with the requested order. */
const FEW_KEYS = 1000;

/** Chooses how to find the documents of a filter in an order. Indexes affect the speed, never the result. */
export function choosePlan(
  collection: Collection,
  filter: Doc,
  sort: readonly SortKey[] | undefined,
  hint?: unknown,
): Plan {
  const natural = sort?.find(({ path }) => path === '$natural');
  if (natural) return { stage: 'COLLSCAN', reverse: natural.descending, sorted: true };
  const scan: Plan = { stage: 'COLLSCAN', reverse: false, sorted: sort === undefined };
  const conditions = conditionsOf(filter);
  if (hint !== undefined && hint !== '') return hinted(collection, conditions, sort, hint) ?? scan;
  const byId = idLookup(collection, conditions);
  if (byId) return byId;
  const plans = collection.indexes
    .map((index) => planIndex(index, conditions, sort))
    .filter((plan) => plan !== undefined);
  const bounded = best(plans.filter((plan) => plan.points + plan.ranges > 0));
  const ordered = sort && best(plans.filter((plan) => plan.sorted));
  if (bounded && (bounded.sorted || !ordered || keysUpTo(collection, bounded, FEW_KEYS) < FEW_KEYS))
    return bounded;
  if (ordered) return ordered;
  return alternatives(collection, conditions) ?? bounded ?? scan;
}

function best(plans: readonly IndexPlan[]): IndexPlan | undefined {
  const worth = (plan: IndexPlan): number =>
    plan.points * 100 +
    plan.ranges * 40 +
    (plan.sorted ? 10 : 0) +
    (plan.index.unique ? 5 : 0) -
    plan.index.fields.length / 100;
  return plans.reduce<IndexPlan | undefined>((a, b) => (a && worth(a) >= worth(b) ? a : b), undefined);
}

/** Counts keys up to the number at which they count as many. */
export function keysUpTo(collection: Collection, plan: IndexPlan, limit: number): number {
  let count = 0;
  for (const { low, high } of plan.intervals) {
    if (count >= limit) break;
    count += collection.keys(low, high, false, undefined, limit - count).length;
  }
  return count;
}

function idLookup(collection: Collection, conditions: Conditions): IndexPlan | undefined {
  const onId = conditions.byPath.get('_id')?.find(({ operator }) => operator === '$eq');
  if (!onId || Array.isArray(onId.operand) || isNullish(onId.operand)) return undefined;
  const plan = planIndex(collection.idIndex, conditions, undefined);
  if (!plan || plan.intervals.length !== 1) return undefined;
  return { ...plan, stage: 'IDHACK', sorted: true };
}

/** Plans an `$or` in which an index can answer every branch. */
function alternatives(collection: Collection, conditions: Conditions): Plan | undefined {
  for (const branches of conditions.alternatives) {
    const plans = branches.map((branch) => {
      const own = conditionsOf(branch);
      const usable = collection.indexes.map((index) => planIndex(index, own, undefined));
      return best(
        usable.filter((plan) => plan !== undefined).filter((plan) => plan.points + plan.ranges > 0),
      );
    });
    if (plans.every((plan) => plan !== undefined)) return { stage: 'OR', branches: plans, sorted: false };
  }
  return undefined;
}

function hinted(
  collection: Collection,
  conditions: Conditions,
  sort: readonly SortKey[] | undefined,
  hint: unknown,
): Plan | undefined {
  if (isPlainObject(hint) && '$natural' in hint) return undefined;
  const index = collection.indexes.find((candidate) =>
    typeof hint === 'string' ? candidate.name === hint : equalValues(candidate.spec['key'], hint),
  );
  if (!index) {
    throw new MongoError(
      2,
      'error processing query: planner returned error :: caused by :: hint provided does not correspond to an existing index',
    );
  }
  // An index that omits documents would change the result, so such a hint is ignored.
  return planIndex(index, conditions, sort);
}
