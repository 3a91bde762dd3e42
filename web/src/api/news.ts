import { print } from '@0no-co/graphql.web';
import type { TadaDocumentNode } from 'gql.tada';
import type { Client } from 'graphql-ws';

/** Longest first pause before the page comes back, and longest of all, milliseconds. */
const FIRST_WAIT_MS = 4_000;
const MAX_WAIT_MS = 30_000;

/** The server closes a socket with this when the session it was opened under has ended. */
const SESSION_ENDED = 4401;
/** Told to the window then: whoever shows an account looks again. */
export const SESSION_ENDED_EVENT = 'session-ended';

let client: Promise<Client> | undefined;

/** One socket for the page, opened when the first listener comes and closed soon after the last has gone. */
function socket(): Promise<Client> {
  client ??= import('graphql-ws').then(({ createClient }) =>
    createClient({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      lazyCloseTimeout: 5_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      // A restart throws every page out at once: they come back spread over time.
      retryWait: (tries) => new Promise((go) => setTimeout(go, 500 + Math.random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** tries))),
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
  const begin = async () => {
    const open = await socket();
    if (stopped) return;
    stop = open.subscribe<Result>(
      { query: print(document), variables: variables as Record<string, unknown> },
      { next: ({ data }) => data && onNews(data), error: failed, complete: () => {} },
    );
  };
  const failed = (error: unknown) => {
    if (!(error instanceof CloseEvent) || error.code !== SESSION_ENDED) return;
    dispatchEvent(new Event(SESSION_ENDED_EVENT));
    // A stranger hears what everybody may hear.
    void begin();
  };
  void begin();
  return () => {
    stopped = true;
    stop();
  };
}
