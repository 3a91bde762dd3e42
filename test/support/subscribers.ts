import { createClient, type Client } from 'graphql-ws';
import { io, type Socket } from 'socket.io-client';
import WebSocket from 'ws';
import { eventually } from './eventually.js';

/** A GraphQL subscription as a frontend uses it; `results` grows while it is active. */
export class Subscriber<T = Record<string, any>> {
  readonly results: T[] = [];
  completed = false;
  error: unknown;
  private readonly unsubscribe: () => void;

  constructor(client: Client, query: string, variables: Record<string, unknown> = {}) {
    this.unsubscribe = client.subscribe<T>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (data) this.results.push(data);
          if (errors) this.error = errors[0];
        },
        error: (error) => (this.error = error),
        complete: () => (this.completed = true),
      },
    );
  }

  /** The first result for which `wanted` holds, past or to come. */
  until(wanted: (result: T) => boolean, seconds = 30): Promise<T> {
    return eventually(
      () => {
        if (this.error) throw this.error;
        return Promise.resolve(this.results.find(wanted));
      },
      { seconds, everyMs: 20 },
    );
  }

  stop(): void {
    this.unsubscribe();
  }
}

const opened: (() => void)[] = [];

export function graphqlClient(url: string, connectionParams: Record<string, unknown> = {}): Client {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams,
    retryAttempts: 0,
  });
  opened.push(() => void client.dispose());
  return client;
}

/** A Socket.io client that records every event it receives. */
export function socketClient(url: string, auth: Record<string, unknown> = {}) {
  const socket: Socket = io(url, { transports: ['websocket'], auth, reconnection: false, forceNew: true });
  const received: { event: string; data: any }[] = [];
  socket.onAny((event: string, data: unknown) => received.push({ event, data }));
  opened.push(() => void socket.disconnect());
  return {
    socket,
    received,
    named: (event: string) => received.filter((one) => one.event === event).map(({ data }) => data),
    until: (event: string, seconds = 30) =>
      eventually(() => Promise.resolve(received.find((one) => one.event === event)?.data), {
        seconds,
        everyMs: 20,
      }),
  };
}

export function closeAllClients(): void {
  for (const close of opened.splice(0)) close();
}
