import type { Doc } from '../bson/codec.js';
import { Search } from '../query/search.js';
import type { Catalog } from './catalog.js';
import type { Collection } from './collection.js';
import type { IndexDefinition } from './index-definition.js';

/** Removes expired documents, which it finds through TTL indexes. */
export class TtlMonitor {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly catalog: Catalog,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    this.timer = setTimeout(() => void this.pass(), this.intervalMs).unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async pass(): Promise<void> {
    try {
      for (const collection of this.catalog.all()) {
        for (const index of collection.indexes) {
          if (index.expireAfterSeconds !== undefined && !this.stopped) await this.expire(collection, index);
        }
      }
    } catch (error) {
      process.stderr.write(`TTL pass failed: ${String(error)}\n`);
    }
    if (!this.stopped) this.start();
  }

  private async expire(collection: Collection, index: IndexDefinition): Promise<void> {
    const path = index.fields[0]!.path;
    const before = new Date(Date.now() - (index.expireAfterSeconds ?? 0) * 1000);
    const due: Doc = { [path]: { $lt: before } };
    const filter = index.partialFilter ? { $and: [due, index.partialFilter] } : due;
    const search = new Search(collection, filter, { hint: index.name });
    for await (const piece of search.pieces()) {
      await this.catalog.engine.write(() => {
        for (const found of piece) {
          const current = collection.dropped ? undefined : collection.read(found.record);
          // A document that changed after it was read may have a later date now.
          if (current?.equals(found.bytes)) collection.remove(found.record, found);
        }
      });
      if (this.stopped) return;
    }
  }
}
