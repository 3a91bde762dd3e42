import DataLoader from 'dataloader';

/**
 * Lookups made in the same tick become one command, with each key once. Nothing is cached beyond that tick, so the
 * loader can live as long as the process and never returns old values. `read` gets distinct keys, at most `most` at
 * once, and resolves in their order; keys with the same `nameOf` are the same key.
 */
export function batchedReads<Key, Value>(
  most: number,
  read: (keys: readonly Key[]) => Promise<Value[]>,
  nameOf: (key: Key) => string = String,
): DataLoader<Key, Value, string> {
  const loader: DataLoader<Key, Value, string> = new DataLoader(
    (keys) => {
      loader.clearAll();
      return read(keys);
    },
    { maxBatchSize: most, cacheKeyFn: nameOf },
  );
  return loader;
}

/** Like batchedReads, for documents that `read` finds by id, in any order; null for an unknown id. */
export function batchedById<Value extends { id?: string }>(
  most: number,
  read: (ids: readonly string[]) => Promise<Value[]>,
): DataLoader<string, Value | null> {
  return batchedReads(most, async (ids) => {
    const byId = new Map((await read(ids)).map((found) => [found.id, found]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
