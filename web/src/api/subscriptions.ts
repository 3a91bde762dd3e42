import { print } from '@0no-co/graphql.web';
import type { TadaDocumentNode } from 'gql.tada';
import type { Client } from 'graphql-ws';

/** Maximum pause before the first reconnection, and before any, milliseconds. */
const FIRST_WAIT_MS = 4_000;
const MAX_WAIT_MS = 30_000;

/** Close code of the server when the session under which the socket was opened has ended. */
const SESSION_ENDED = 4401;
/** Event on the window after SESSION_ENDED: components that show the account load it again. */
export const SESSION_ENDED_EVENT = 'session-ended';

let client: Promise<Client> | undefined;

/** The only socket of the page. It opens with the first subscription and closes soon after the last one. */
function socket(): Promise<Client> {
  client ??= import('graphql-ws').then(({ createClient }) =>
    createClient({
      url: `${location.origin.replace(/^http/, 'ws')}/graphql`,
      lazyCloseTimeout: 5_000,
      retryAttempts: Infinity,
      shouldRetry: () => true,
      // A restart of the server disconnects all pages at once; random pauses spread their reconnections.
      retryWait: (tries) => new Promise((go) => setTimeout(go, 500 + Math.random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** tries))),
    }),
  );
  return client;
}

/** Subscribes until the returned function is called. Reconnects by itself and then gets the current state first. */
export function subscribe<Result, Variables extends object>(
  document: TadaDocumentNode<Result, Variables>,
  variables: Variables,
  onResult: (result: Result) => void,
): () => void {
  let stop = () => {};
  let stopped = false;
  const begin = async () => {
    const open = await socket();
    if (stopped) return;
    stop = open.subscribe<Result>(
      { query: print(document), variables: variables as Record<string, unknown> },
      { next: ({ data }) => data && onResult(data), error: failed, complete: () => {} },
    );
  };
  const failed = (error: unknown) => {
    if (!(error instanceof CloseEvent) || error.code !== SESSION_ENDED) return;
    dispatchEvent(new Event(SESSION_ENDED_EVENT));
    // Subscribes again as an anonymous listener.
    void begin();
  };
  void begin();
  return () => {
    stopped = true;
    stop();
  };
}
