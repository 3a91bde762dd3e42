import type { OperationDefinitionNode } from 'graphql';
import { CostRefusal, tooCostly } from './cost-refusal.js';
import type { OperationCost } from './operation-cost.js';

/** Levels of fields below each other; the schema's own description of itself needs 15. */
export const MAX_DEPTH = 20;
/** Fields of Query or Mutation in one operation. */
export const MAX_ROOT_FIELDS = 100;
/** Fields with another name than their own. */
export const MAX_ALIASES = 250;
/** A subscription is told again and again: the share of an operation's points that one event may cost. */
const EVENT_SHARE = 0.1;

/** Why an operation that was counted is not carried out; null when it may be. `maxCost` in points. */
export function refusalOf(
  counted: OperationCost,
  operation: OperationDefinitionNode,
  maxCost: number,
): CostRefusal | null {
  const { cost, depth, rootFields, aliases } = counted;
  const bound = (what: string, is: number, limit: number) =>
    is > limit
      ? new CostRefusal(
          'QUERY_TOO_COSTLY',
          `This operation has ${is} ${what}; ${limit} are allowed. Ask in several operations.`,
          { cost: Math.ceil(cost), limit: limitOf(operation, maxCost) },
        )
      : null;
  return (
    bound('levels of fields', depth, MAX_DEPTH) ??
    bound('root fields', rootFields, MAX_ROOT_FIELDS) ??
    bound('aliases', aliases, MAX_ALIASES) ??
    (cost > limitOf(operation, maxCost) ? tooCostly(cost, limitOf(operation, maxCost)) : null)
  );
}

export function limitOf({ operation }: OperationDefinitionNode, maxCost: number): number {
  return operation === 'subscription' ? Math.floor(maxCost * EVENT_SHARE) : maxCost;
}
