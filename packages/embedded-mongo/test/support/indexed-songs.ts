import type { ConformanceDatabase } from './conformance-database.js';
import type { Collection } from './embedded-mongo.js';

/** Filters that an index of `indexedSongs` can answer, and how many of its documents match each. */
export const INDEXED_FILTERS: readonly [object, number][] = [
  [{ n: 5 }, 1],
  [{ n: { $in: [1, 2, 3, 2] } }, 3],
  [{ n: { $gte: 10, $lt: 20 } }, 10],
  [{ $and: [{ n: { $gt: 990 } }, { n: { $lte: 995 } }] }, 5],
  [{ name: /^song 001/ }, 10],
  [{ group: 3, n: { $gt: 500 } }, 50],
  [{ $or: [{ n: 1 }, { name: 'song 0002' }] }, 2],
];

/** A collection of 1,000 documents with indexes on `n`, on `name`, and on `group` with `n` descending. */
export async function indexedSongs(database: ConformanceDatabase): Promise<Collection> {
  const docs = await database.filled(1000, (n) => ({
    n,
    name: `song ${String(n).padStart(4, '0')}`,
    group: n % 10,
  }));
  await docs.createIndexes([{ key: { n: 1 } }, { key: { name: 1 } }, { key: { group: 1, n: -1 } }]);
  return docs;
}
