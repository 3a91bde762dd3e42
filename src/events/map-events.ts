import type { EventStream } from './event-bus.js';

/** What `body` makes of `events`. `return` also ends a pending wait for events, which a plain generator would not. */
export function mapEvents<T>(events: EventStream, body: AsyncGenerator<T, void>): AsyncIterableIterator<T> {
  return {
    next: () => body.next() as Promise<IteratorResult<T>>,
    async return() {
      await events.return();
      await body.return();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
