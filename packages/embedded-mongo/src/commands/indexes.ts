import { Long } from 'bson';
import { encode, isPlainObject, type Doc } from '../bson/codec.js';
import { MongoError } from '../mongo-error.js';
import type { Collection } from '../storage/collection.js';
import { buildIndex } from '../storage/index-builder.js';
import type { IndexDefinition } from '../storage/index-definition.js';
import { normalizeIndexSpec, sameIndex, sameKey } from '../storage/index-spec.js';
import { shellText } from '../bson/shell-text.js';
import { cursorReply, type RawReply } from '../wire/raw-reply.js';
import { collectionName, findCollection, namespaceOf, type Call, type Command } from './command.js';
import { OK } from './handshake.js';

async function createIndexes(call: Call): Promise<Doc> {
  const name = collectionName(call);
  const { catalog } = call.server;
  const wanted = call.body['indexes'];
  if (!Array.isArray(wanted) || wanted.length === 0)
    throw new MongoError(2, 'Must specify at least one index to create');
  const specs = wanted.map((spec: unknown) => {
    if (!isPlainObject(spec)) throw new MongoError(14, "The elements of the 'indexes' array must be objects");
    return normalizeIndexSpec(spec);
  });
  const created = findCollection(call) === undefined;
  const { collection, fresh, before } = await catalog.engine.write(() => {
    const existing = catalog.findOrCreate(call.database, name);
    const numBefore = existing.indexes.length;
    const missing = specs.filter((spec) => !exists(existing, spec)).map((spec) => catalog.newIndex(spec));
    existing.indexes = [...existing.indexes, ...missing];
    catalog.save(existing);
    return { collection: existing, fresh: missing, before: numBefore };
  });
  for (const index of fresh) await buildIndex(catalog, collection, index);
  return {
    numIndexesBefore: before,
    numIndexesAfter: collection.indexes.length,
    createdCollectionAutomatically: created,
    ...(fresh.length === 0 ? { note: 'all indexes already exist' } : {}),
    ...OK,
  };
}

/** True if the same index exists. Throws if an existing index conflicts with it. */
function exists(collection: Collection, spec: Doc): boolean {
  for (const { spec: other, name } of collection.indexes) {
    const sameName = name === spec['name'];
    // Every collection has the _id index already.
    if (name === '_id_' && sameKey(other['key'], spec['key'])) return true;
    if (sameName && sameIndex(other, spec)) return true;
    if (sameName) {
      throw new MongoError(
        86,
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${shellText(spec)}, existing index: ${shellText(other)}`,
      );
    }
    if (!sameKey(other['key'], spec['key'])) continue;
    if (sameIndex(other, spec))
      throw new MongoError(85, `Index already exists with a different name: ${name}`);
    if (!differentPartial(other, spec)) {
      throw new MongoError(
        85,
        `An equivalent index already exists with the same name but different options. Requested index: ${shellText(spec)}, existing index: ${shellText(other)}`,
      );
    }
  }
  return false;
}

const differentPartial = (a: Doc, b: Doc): boolean =>
  shellText(a['partialFilterExpression']) !== shellText(b['partialFilterExpression']) ||
  a['unique'] !== b['unique'] ||
  a['sparse'] !== b['sparse'];

async function dropIndexes(call: Call): Promise<Doc> {
  const { catalog } = call.server;
  const nIndexesWas = await catalog.engine.write(() => {
    const collection = existing(call);
    const count = collection.indexes.length;
    for (const index of chosen(collection, call.body['index'])) catalog.dropIndex(collection, index);
    return count;
  });
  void catalog.purge();
  return { nIndexesWas, ...OK };
}

function chosen(collection: Collection, index: unknown): IndexDefinition[] {
  if (index === '*') return collection.indexes.filter(({ isId }) => !isId);
  const wanted: unknown[] = Array.isArray(index) ? index : [index];
  return wanted.map((one) => {
    const found = collection.indexes.find(({ name, spec }) =>
      typeof one === 'string' ? name === one : isPlainObject(one) && sameKey(spec['key'], one),
    );
    if (!found)
      throw new MongoError(
        27,
        typeof one === 'string'
          ? `index not found with name [${one}]`
          : `can't find index with key: ${shellText(one)}`,
      );
    if (found.isId) throw new MongoError(72, 'cannot drop _id index');
    return found;
  });
}

function existing(call: Call): Collection {
  const collection = findCollection(call);
  if (!collection) throw new MongoError(26, `ns does not exist: ${namespaceOf(call)}`);
  return collection;
}

function listIndexes(call: Call): RawReply {
  const specs = existing(call).indexes.map(({ spec }) => encode(spec));
  return cursorReply('firstBatch', specs, Long.ZERO, namespaceOf(call));
}

/** Commands on indexes. */
export const indexCommands: Readonly<Record<string, Command>> = {
  createIndexes: { fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'], run: createIndexes },
  dropIndexes: { fields: ['index'], run: dropIndexes },
  deleteIndexes: { fields: ['index'], run: dropIndexes },
  listIndexes: { fields: ['cursor', 'includeBuildUUIDs', 'includeIndexBuildInfo'], run: listIndexes },
};
