import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';

interface Connection<Node> {
  edges: { node: Node }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  totalCount?: number;
}

/** Loads a list page by page (GraphQL Cursor Connections). */
export function usePages<Node>(
  queryKey: QueryKey,
  load: (after: string | null, signal: AbortSignal) => Promise<Connection<Node>>,
  enabled = true,
) {
  const query = useInfiniteQuery({
    queryKey,
    enabled,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : undefined),
  });
  const pages = query.data?.pages ?? [];
  return {
    ...query,
    nodes: pages.flatMap(({ edges }) => edges.map(({ node }) => node)),
    totalCount: pages[0]?.totalCount,
    more: { hasMore: query.hasNextPage, busy: query.isFetchingNextPage, onMore: () => void query.fetchNextPage() },
  };
}
