import { randomUUID } from 'node:crypto';

interface Collection {
  confirmed: number;
  /** How many must confirm; undefined until it is known. */
  asked: number | undefined;
  complete(): void;
}

/** Counts the answers of several processes to one question. */
export class Confirmations {
  private readonly collections = new Map<string, Collection>();

  /**
   * `ask` puts the question under the id it is given and tells how many were asked. Resolves when all of them have confirmed.
   * Rejects with what `ask` rejects with, and when somebody has not confirmed within `withinMs`.
   */
  async collect(ask: (id: string) => Promise<number>, withinMs: number): Promise<void> {
    const id = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((complete, reject) => {
        const collection: Collection = { confirmed: 0, asked: undefined, complete };
        this.collections.set(id, collection);
        timer = setTimeout(() => reject(new Error(`not confirmed by all within ${withinMs} ms`)), withinMs);
        ask(id).then((asked) => {
          collection.asked = asked;
          // Some may have confirmed before it was known how many there are.
          this.check(collection);
        }, reject);
      });
    } finally {
      clearTimeout(timer);
      this.collections.delete(id);
    }
  }

  confirm(id: string): void {
    const collection = this.collections.get(id);
    if (!collection) return;
    collection.confirmed += 1;
    this.check(collection);
  }

  private check({ confirmed, asked, complete }: Collection): void {
    if (asked !== undefined && confirmed >= asked) complete();
  }
}
