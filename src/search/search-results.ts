import { ObjectType } from '@nestjs/graphql';

@ObjectType({
  description:
    'What a query found, one list per kind: ask for as many lists as you show. Every word of the query must begin some ' +
    'word of the thing; upper case, accents and punctuation are ignored. Each list is ranked: the title (or name) is the ' +
    'query, begins with it, has all its words; then matches in the artist, then in the album; within a rank the newest ' +
    'first. Cursors stay valid while the library changes. `totalCount` counts to 1,000 at most.',
})
export class SearchResults {
  /** The query as typed. */
  query: string;
}
