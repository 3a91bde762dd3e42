import type { WebSocket } from 'ws';
import { Turns } from './turns.js';

type Sent = Pick<WebSocket, 'readyState' | 'OPEN' | 'send'>;
const turns = new Turns();
const END = { value: undefined, done: true } as const;

/**
 * What one socket is sent, one message after another, each once the one before has left this process: a reader who is
 * slow has at most one of them in memory that is not shared with others.
 */
export class PacedSocket {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Sent) {}

  /** Resolves when the message has left, and when the socket is closed. */
  send(message: string): Promise<void> {
    this.last = this.last.then(
      () =>
        new Promise((resolve) => {
          if (this.socket.readyState !== this.socket.OPEN) return resolve();
          this.socket.send(message, () => resolve());
        }),
    );
    return this.last;
  }
}

/**
 * Sends answers that are JSON already as graphql-transport-ws "next" messages of one subscription. graphql-ws itself
 * would make JSON of each for each; to it, this is a subscription that has no results and ends with its answers.
 */
export function deliverJson(
  answers: AsyncIterableIterator<string>,
  id: string,
  socket: PacedSocket,
): AsyncIterableIterator<never> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return {
    async next() {
      for await (const answer of answers) {
        await turns.take();
        await socket.send(`${head}${answer}}`);
      }
      return END;
    },
    async return() {
      await answers.return?.();
      return END;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
