import { ArgsType, Field, Int } from '@nestjs/graphql';
import { MAX_PAGE } from '../platform/graphql/connection.js';

/** Which page of a list; refused with BAD_INPUT by the list itself. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
  first: number;

  @Field(() => String, { nullable: true, description: 'endCursor of the page before.' })
  after?: string | null;
}
