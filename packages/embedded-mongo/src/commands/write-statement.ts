import { encodeForStorage, type Doc } from '../bson/codec.js';
import { Matcher } from '../query/matcher.js';
import { Search, type Found, type SearchOptions } from '../query/search.js';
import type { Catalog } from '../storage/catalog.js';
import { ReadDocument, type Collection } from '../storage/collection.js';
import type { Update } from '../update/update.js';
import { upsertDocument } from '../update/upsert.js';

/** The number of documents examined while all writers wait; a longer search runs outside the write. */
const SEARCH_BUDGET = 500;
const MAX_ATTEMPTS = 1000;
const CANDIDATES = 32;

/** Changes one matching document atomically: it still matches at the moment it is changed. */
export async function changeFirst<T>(
  catalog: Catalog,
  collection: Collection,
  filter: Doc,
  options: SearchOptions,
  change: (found: Found) => T,
  otherwise: () => T,
): Promise<T> {
  const quick = await catalog.engine.write(() => {
    const found = new Search(collection, filter, options).firstNow(SEARCH_BUDGET);
    if (found === 'later') return found;
    return { result: found && !collection.dropped ? change(found) : otherwise() };
  });
  if (quick !== 'later') return quick.result;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const candidates = await candidatesOf(collection, filter, options);
    const done = await catalog.engine.write(() => {
      if (candidates.length === 0) return { result: otherwise() };
      for (const candidate of candidates) {
        const current = reread(collection, candidate, filter, options.variables);
        if (current) return { result: change(current) };
      }
      return undefined;
    });
    if (done) return done.result;
  }
  return catalog.engine.write(otherwise);
}

/** The first matches; several, because other clients may change the first ones before the write begins. */
async function candidatesOf(collection: Collection, filter: Doc, options: SearchOptions): Promise<Found[]> {
  const found: Found[] = [];
  for await (const piece of new Search(collection, filter, { ...options, limit: CANDIDATES }).pieces())
    found.push(...piece);
  return found;
}

/** The document as it is now, if it still matches. */
function reread(
  collection: Collection,
  found: Found,
  filter: Doc,
  variables: Doc | undefined,
): Found | undefined {
  if (collection.dropped) return undefined;
  const bytes = collection.read(found.record);
  if (!bytes) return undefined;
  if (bytes.equals(found.bytes)) return found;
  const current = new ReadDocument(found.record, bytes);
  return new Matcher(filter, variables).matches(current.doc) ? current : undefined;
}

/** Changes all matching documents in chunks. Each still matches at the moment it is changed. */
export async function changeAll(
  catalog: Catalog,
  collection: Collection,
  filter: Doc,
  options: SearchOptions,
  change: (found: Found) => void,
): Promise<void> {
  // A change can move a document ahead of an index scan; it must not be changed twice.
  const changed = new Set<number>();
  for await (const piece of new Search(collection, filter, options).pieces()) {
    const fresh = piece.filter(({ record }) => !changed.has(record));
    await catalog.engine.write(() => {
      for (const found of fresh) {
        const current = reread(collection, found, filter, options.variables);
        changed.add(found.record);
        if (current) change(current);
      }
    });
  }
}

/** Must run inside `Engine.write`. */
export function applyUpsert(
  catalog: Catalog,
  database: string,
  name: string,
  filter: Doc,
  update: Update,
  replaces: boolean,
): Doc {
  const doc = upsertDocument(filter, update, replaces);
  const bytes = encodeForStorage(doc);
  catalog.findOrCreate(database, name).insert(doc, bytes);
  return doc;
}
