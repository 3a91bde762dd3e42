import DataLoader from 'dataloader';

/**
 * What is asked for in the same moment is read in one command, and once however often it is asked for. It remembers
 * nothing beyond that moment, so it can live as long as the process and never answers with what was. `read` gets keys
 * that differ, at most `most` at once, and answers in their order; keys that `nameOf` names alike are the same.
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

/** As batchedReads, of things that `read` finds by their ids, in any order; null for an id that names nothing. */
export function batchedById<Value extends { id?: string }>(
  most: number,
  read: (ids: readonly string[]) => Promise<Value[]>,
): DataLoader<string, Value | null> {
  return batchedReads(most, async (ids) => {
    const byId = new Map((await read(ids)).map((found) => [found.id, found]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
