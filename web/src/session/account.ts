import { queryOptions, useQuery } from '@tanstack/react-query';
import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';

const VIEWER = graphql(`
  query Viewer {
    viewer {
      id
      email
      role
    }
  }
`);

export type Viewer = NonNullable<ResultOf<typeof VIEWER>['viewer']>;

export const viewerQuery = queryOptions({
  queryKey: ['viewer'],
  queryFn: async () => (await ask(VIEWER)).viewer,
  staleTime: 5 * 60_000,
});

/** The signed-in account: null if nobody is signed in, undefined while it is loading. */
export const useViewer = (): Viewer | null | undefined => useQuery(viewerQuery).data;
