import type { Catalog } from './catalog.js';
import type { Collection } from './collection.js';
import type { IndexDefinition } from './index-definition.js';

const BATCH = 500;

/**
 * Fills a new index from the existing documents in steps; other clients may write in between. Writers keep the
 * unfinished index up to date; the planner ignores it until it is complete. A failure removes it.
 */
export async function buildIndex(
  catalog: Catalog,
  collection: Collection,
  index: IndexDefinition,
): Promise<void> {
  let after: number | undefined;
  try {
    for (let more = true; more;) {
      more = await catalog.engine.write(() => {
        if (collection.dropped || !collection.indexes.includes(index)) return false;
        const records = collection.scan(after, BATCH, false);
        for (const record of records) collection.addToIndex(index, record);
        after = records.at(-1)?.record ?? after;
        return records.length > 0;
      });
    }
  } catch (error) {
    await catalog.engine.write(() => catalog.dropIndex(collection, index));
    void catalog.purge();
    throw error;
  }
  await catalog.engine.write(() => {
    index.building = false;
    if (!collection.dropped) catalog.save(collection);
  });
}

/** Continues index builds that a crash interrupted. */
export async function finishIndexBuilds(catalog: Catalog): Promise<void> {
  for (const collection of catalog.all()) {
    for (const index of collection.indexes.filter(({ building }) => building)) {
      // If documents conflict, the index is removed, as if its build had failed before the crash.
      await buildIndex(catalog, collection, index).catch(() => undefined);
    }
  }
}
