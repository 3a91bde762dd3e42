import { randomUUID } from 'node:crypto';
import { withTimeout } from '../async/with-timeout.js';

interface Collection {
  confirmed: number;
  /** How many processes must confirm; undefined until `send` has resolved. */
  expected: number | undefined;
  complete(): void;
}

/** Counts the confirmations that several processes send for one message. */
export class Confirmations {
  private readonly collections = new Map<string, Collection>();

  /**
   * `send` sends the message under the given id and resolves with the number of receivers. Resolves when all of them
   * have confirmed. Rejects with the error of `send`, or when a confirmation is missing after `withinMs`.
   */
  async collect(send: (id: string) => Promise<number>, withinMs: number): Promise<void> {
    const id = randomUUID();
    const confirmed = new Promise<void>((complete, reject) => {
      const collection: Collection = { confirmed: 0, expected: undefined, complete };
      this.collections.set(id, collection);
      send(id).then((receivers) => {
        collection.expected = receivers;
        // Some confirmations may have arrived before the number of receivers.
        this.check(collection);
      }, reject);
    });
    try {
      await withTimeout(withinMs, confirmed, () => {
        throw new Error(`not confirmed by all within ${withinMs} ms`);
      });
    } finally {
      this.collections.delete(id);
    }
  }

  confirm(id: string): void {
    const collection = this.collections.get(id);
    if (!collection) return;
    collection.confirmed += 1;
    this.check(collection);
  }

  private check({ confirmed, expected, complete }: Collection): void {
    if (expected !== undefined && confirmed >= expected) complete();
  }
}
