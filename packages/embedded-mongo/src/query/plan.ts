import type { Doc } from '../bson/codec.js';
import type { IndexDefinition } from '../storage/index-definition.js';

/** Keys from `low` to `high` of one index. */
export interface Interval {
  readonly low: Buffer;
  readonly high: Buffer;
  /** How many bytes say which index and, where that is one point, its first field; what follows may stand under another point, too. */
  readonly lead: number;
}

/** How documents will be found. What the bounds do not say, the matcher still checks. */
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
  /** The documents come in the order that was asked for. */
  readonly sorted: boolean;
  /** Every key within the bounds is a match, and every match has exactly one key. */
  readonly exact: boolean;
  /** Every key within the bounds is a match, which may have other keys there, too. */
  readonly covered: boolean;
  /** A document may have several keys within the bounds. */
  readonly repeats: boolean;
  readonly points: number;
  readonly ranges: number;
}

/** The plan in the words of MongoDB's explain. */
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
