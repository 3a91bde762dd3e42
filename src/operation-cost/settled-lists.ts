import {
  defaultFieldResolver,
  getNullableType,
  isIntrospectionType,
  isListType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { CountedRead } from '../platform/mongo/counted-read.js';
import { readsItems } from './field-costs.js';
import type { OperationBudget } from './operation-budget.js';

/** The part of an operation's context used here. Subscriptions have no budget: their lists count with maximum size. */
export interface BudgetedContext {
  budget?: OperationBudget;
}

type Resolver = GraphQLFieldResolver<unknown, BudgetedContext>;

/**
 * Makes every field that reads items report their number to the operation's budget: before they are read if the number
 * is known (CountedRead), otherwise before they are completed.
 */
export function settleLists(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields()))
      if (isListType(getNullableType(field.type)) || readsItems(type.name, field.name))
        field.resolve = settling(field.resolve as Resolver);
  }
}

function settling(resolve: Resolver = defaultFieldResolver): Resolver {
  return (source, args, context, info) => {
    const isAffordable = (items: number) => context.budget?.settle(info.fieldNodes[0]!, items) ?? true;
    // A refused operation sends no data (operation-cost.plugin.ts), so errors of single fields would be wasted work.
    const nothing = isListType(getNullableType(info.returnType)) ? [] : null;
    const settled = (found: unknown) => {
      if (found instanceof CountedRead) return isAffordable(found.count) ? found.read() : nothing;
      return Array.isArray(found) && !isAffordable(found.length) ? nothing : found;
    };
    const found: unknown = resolve(source, args, context, info);
    return found instanceof Promise ? found.then(settled) : settled(found);
  };
}
