import {
  defaultFieldResolver,
  getNullableType,
  isIntrospectionType,
  isListType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import type { OperationBudget } from './operation-budget.js';

/** As much of an operation's context as is read here. Subscriptions have no budget: their lists count in full. */
export interface BudgetedContext {
  budget?: OperationBudget;
}

type Resolver = GraphQLFieldResolver<unknown, BudgetedContext>;

/** Makes every list of the schema tell the operation's budget how long it is, before its items are completed. */
export function settleLists(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields()))
      if (isListType(getNullableType(field.type))) field.resolve = settling(field.resolve as Resolver);
  }
}

function settling(resolve: Resolver = defaultFieldResolver): Resolver {
  return (source, args, context, info) => {
    const settled = (list: unknown) => {
      if (Array.isArray(list)) context.budget?.settle(info.fieldNodes[0]!, list.length);
      return list;
    };
    const found: unknown = resolve(source, args, context, info);
    return found instanceof Promise ? found.then(settled) : settled(found);
  };
}
