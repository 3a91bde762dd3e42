import type { WebSocket } from 'ws';
import { Turns } from './turns.js';

type Sent = Pick<WebSocket, 'readyState' | 'OPEN' | 'send'>;
const turns = new Turns();
const END = { value: undefined, done: true } as const;

/**
 * Sends messages to one socket one after another, each after the previous one has left this process. A slow reader
 * therefore holds at most one message in memory that is not shared with others.
 */
export class PacedSocket {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly socket: Sent) {}

  /** Resolves when the message has left this process, or the socket is closed. */
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
 * Sends results that are JSON already as graphql-transport-ws "next" messages of one subscription. graphql-ws would
 * serialise each result for each subscriber; it sees a subscription without results that ends when `answers` ends.
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
