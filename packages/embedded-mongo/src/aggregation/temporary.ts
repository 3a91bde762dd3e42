import { randomUUID } from 'node:crypto';
import { encodeForStorage, type Doc } from '../bson/codec.js';
import type { Catalog } from '../storage/catalog.js';
import type { Collection } from '../storage/collection.js';
import { newDocument } from '../update/new-document.js';
import type { Stream } from './stream.js';

/**
 * Stores a stream in a temporary collection and passes it to `use`. The collection is dropped afterwards unless `use`
 * renamed it. If the process is killed first, the next start drops it.
 */
export async function withStored(
  catalog: Catalog,
  database: string,
  indexes: readonly Doc[],
  input: Stream,
  use: (stored: Collection) => Promise<void>,
): Promise<void> {
  const name = `tmp.agg_out.${randomUUID()}`;
  const collection = await catalog.engine.write(() => catalog.createTemporary(database, name, indexes));
  try {
    for await (const piece of input) {
      const documents = piece.map((doc) => newDocument(encodeForStorage(doc)));
      await catalog.engine.write(() => {
        for (const { doc, bytes } of documents) collection.insert(doc, bytes);
      });
    }
    await use(collection);
  } finally {
    await catalog.engine.write(() => {
      if (!collection.dropped) catalog.drop(collection);
    });
    void catalog.purge();
  }
}
