import { print } from '@0no-co/graphql.web';
import type { TadaDocumentNode } from 'gql.tada';
import type { Client } from 'graphql-ws';

let client: Promise<Client> | undefined;

/** One socket for the page, opened when the first listener comes and closed soon after the last has gone. */
function socket(): Promise<Client> {
  client ??= import('graphql-ws').then(({ createClient }) =>
    createClient({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      lazyCloseTimeout: 5_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
    }),
  );
  return client;
}

/** Listens until the returned function is called. A broken line mends itself, and the present state comes first. */
export function listen<Result, Variables extends object>(
  document: TadaDocumentNode<Result, Variables>,
  variables: Variables,
  onNews: (news: Result) => void,
): () => void {
  let stop = () => {};
  let stopped = false;
  void socket().then((open) => {
    if (stopped) return;
    stop = open.subscribe<Result>(
      { query: print(document), variables: variables as Record<string, unknown> },
      { next: ({ data }) => data && onNews(data), error: () => {}, complete: () => {} },
    );
  });
  return () => {
    stopped = true;
    stop();
  };
}
