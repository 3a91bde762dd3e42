import { ArgsType, Field, Int } from '@nestjs/graphql';
import { MAX_PAGE } from '../platform/graphql/connection.js';

/** Selects a page of a list. The list itself checks the values and throws BAD_INPUT. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
  first: number;

  @Field(() => String, { nullable: true, description: 'endCursor of the page before.' })
  after?: string | null;
}
