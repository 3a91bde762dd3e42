import { randomUUID } from 'node:crypto';
import { encodeForStorage, type Doc } from '../bson/codec.js';
import type { Catalog } from '../storage/catalog.js';
import type { Collection } from '../storage/collection.js';
import { newDocument } from '../update/new-document.js';
import type { Stream } from './stream.js';

/**
 * Stores a stream in a collection of its own and hands that to `use`. Afterwards it is gone, unless `use` gave it a name:
 * also after a killed process, because a start drops what is temporary.
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
