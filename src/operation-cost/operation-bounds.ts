import type { OperationDefinitionNode } from 'graphql';
import { CostRefusal, tooCostly } from './cost-refusal.js';
import type { OperationCost } from './operation-cost.js';

/** Maximum nesting of fields; the introspection query needs 15. */
export const MAX_DEPTH = 20;
/** Maximum fields of Query or Mutation in one operation. */
export const MAX_ROOT_FIELDS = 100;
/** Maximum aliases in one operation. */
export const MAX_ALIASES = 250;
/** The share of an operation's maximum cost that one event of a subscription may cost, because events repeat. */
const EVENT_SHARE = 0.1;

/** Why a counted operation is not executed; null when it may be. `maxCost` in points. */
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
