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

/** As much of an operation's context as is read here. Subscriptions have no budget: their lists count in full. */
export interface BudgetedContext {
  budget?: OperationBudget;
}

type Resolver = GraphQLFieldResolver<unknown, BudgetedContext>;

/**
 * Makes every field that reads a number of items tell the operation's budget how many they are: before they are read
 * where it knows that (CountedRead), else before they are completed.
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
    // Of an operation that is refused nothing is sent (operation-cost.plugin.ts): errors of each field were mere work.
    const nothing = isListType(getNullableType(info.returnType)) ? [] : null;
    const settled = (found: unknown) => {
      if (found instanceof CountedRead) return isAffordable(found.count) ? found.read() : nothing;
      return Array.isArray(found) && !isAffordable(found.length) ? nothing : found;
    };
    const found: unknown = resolve(source, args, context, info);
    return found instanceof Promise ? found.then(settled) : settled(found);
  };
}
