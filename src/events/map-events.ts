import type { EventStream } from './events.js';

/** What `body` makes of `news`; whoever returns it ends the wait for news, which a generator alone would sit out. */
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
