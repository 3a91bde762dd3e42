import type { Doc } from '../bson/codec.js';
import type { IndexDefinition } from '../storage/index-definition.js';

/** Keys from `low` to `high` of one index. */
export interface Interval {
  readonly low: Buffer;
  readonly high: Buffer;
  /** The length of the key's index id and, if the interval is one point, its first field. */
  readonly lead: number;
}

/** How documents are found. The matcher checks conditions that the bounds do not cover. */
export type Plan =
  | { readonly stage: 'COLLSCAN'; readonly reverse: boolean; readonly sorted: boolean }
  | { readonly stage: 'EOF'; readonly sorted: true }
  | IndexPlan
  | { readonly stage: 'OR'; readonly branches: readonly IndexPlan[]; readonly sorted: false };

export interface IndexPlan {
  readonly stage: 'IXSCAN' | 'IDHACK';
  readonly index: IndexDefinition;
  readonly intervals: readonly Interval[];
  readonly reverse: boolean;
  /** True if the plan yields documents in the requested order. */
  readonly sorted: boolean;
  /** True if every key within the bounds is a match and every match has exactly one key. */
  readonly exact: boolean;
  /** True if every key within the bounds is a match; a match may have several keys there. */
  readonly covered: boolean;
  /** True if a document may have several keys within the bounds. */
  readonly repeats: boolean;
  readonly points: number;
  readonly ranges: number;
}

/** The plan in the format of MongoDB's explain. */
export function explainPlan(plan: Plan, filter: Doc, sort: Doc | undefined): Doc {
  const access = accessStage(plan, filter);
  return sort && !plan.sorted ? { stage: 'SORT', sortPattern: sort, inputStage: access } : access;
}

function accessStage(plan: Plan, filter: Doc): Doc {
  switch (plan.stage) {
    case 'COLLSCAN':
      return { stage: 'COLLSCAN', filter, direction: plan.reverse ? 'backward' : 'forward' };
    case 'EOF':
      return { stage: 'EOF' };
    case 'IDHACK':
      return { stage: 'IDHACK' };
    case 'IXSCAN':
      return { stage: 'FETCH', filter, inputStage: indexStage(plan) };
    case 'OR':
      return {
        stage: 'FETCH',
        filter,
        inputStage: { stage: 'OR', inputStages: plan.branches.map(indexStage) },
      };
  }
}

const indexStage = (plan: IndexPlan): Doc => ({
  stage: 'IXSCAN',
  keyPattern: plan.index.spec['key'],
  indexName: plan.index.name,
  isMultiKey: plan.index.multikey.size > 0,
  isUnique: plan.index.unique,
  isSparse: plan.index.sparse,
  isPartial: plan.index.partial !== undefined,
  direction: plan.reverse ? 'backward' : 'forward',
});
