import type { Type } from '@nestjs/common';
import { Field, Int, ObjectType } from '@nestjs/graphql';
import { BadInputError } from '../errors/domain-error.js';

@ObjectType({ description: 'The position of a page in its list (GraphQL Cursor Connections).' })
export class PageInfo {
  @Field({ description: 'Whether more items follow this page.' })
  hasNextPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Pass as `after` to get the next page; null on an empty page.',
  })
  endCursor: string | null;
}

export interface Edge<T> {
  cursor: string;
  node: T;
}

export interface Page<T> {
  edges: Edge<T>[];
  pageInfo: PageInfo;
  /** Counted when it is read, and only then. */
  readonly totalCount: Promise<number>;
}

/**
 * Declares `<Name>Connection` and `<Name>Edge` for a GraphQL type; use as `class SongConnection extends
 * Connection(Song, 'songs')`.
 */
export function Connection<T>(node: Type<T>, plural: string): Type<Page<T>> {
  @ObjectType(`${node.name}Edge`, { description: `One position in a list of ${plural}.` })
  class ConnectionEdge implements Edge<T> {
    @Field({ description: 'Opaque; stays valid while the list changes.' })
    cursor: string;

    @Field(() => node, { description: 'The item at this position.' })
    node: T;
  }

  @ObjectType({ isAbstract: true })
  class ConnectionPage implements Page<T> {
    @Field(() => [ConnectionEdge], { description: `The ${plural} of this page, in order.` })
    edges: Edge<T>[];

    @Field(() => PageInfo, { description: 'The position of this page in the list.' })
    pageInfo: PageInfo;

    @Field(() => Int, { description: `How many ${plural} the whole list has; counted only when asked for.` })
    readonly totalCount: Promise<number>;
  }
  return ConnectionPage as Type<Page<T>>;
}

/** Largest page a client may ask for, items. */
export const MAX_PAGE = 100;

/** Checks `first`. Throws BadInputError. */
export function pageSize(first: number): number {
  if (first < 1 || first > MAX_PAGE)
    throw new BadInputError(`"first" must be from 1 to ${MAX_PAGE}, not ${first}.`);
  return first;
}

/** Opaque to clients, so that what it holds may change. */
export function encodeCursor(value: string): string {
  return Buffer.from(value).toString('base64url');
}

/** The value a cursor stands for, if it matches `shape`. Throws BadInputError. */
export function decodeCursor(cursor: string, shape: RegExp): string {
  const value = Buffer.from(cursor, 'base64url').toString();
  if (!shape.test(value)) throw new BadInputError('"after" is not a cursor of this list.');
  return value;
}

/** Makes a page from the found items, which include one more than requested if there is a next page. */
export function toPage<T>(
  found: T[],
  first: number,
  cursorOf: (item: T) => string,
  count: () => Promise<number>,
): Page<T> {
  const edges = found.slice(0, first).map((node) => ({ cursor: encodeCursor(cursorOf(node)), node }));
  return {
    edges,
    pageInfo: { hasNextPage: found.length > first, endCursor: edges.at(-1)?.cursor ?? null },
    get totalCount() {
      return count();
    },
  };
}
