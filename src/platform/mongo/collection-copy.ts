import type mongoose from 'mongoose';

type Collection = mongoose.mongo.Collection;
type Database = mongoose.mongo.Db;
type Document = mongoose.mongo.BSON.Document;

/** Fields of an index that the server returns but does not accept. */
const SERVER_FIELDS = ['v', 'ns', 'key'];

/** How to create an index: its key and all other options. */
export interface IndexPlan {
  key: Document;
  options: Document;
}

/** All names in alphabetical order. */
export async function collectionNames(database: Database): Promise<string[]> {
  const found = await database.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  return found
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('system.'))
    .sort();
}

/** Every document with its stored BSON types: an int must not become a double. */
export function documentsOf(collection: Collection, filter: Document = {}): AsyncIterable<Document> {
  return collection.find(filter, { promoteValues: false, bsonRegExp: true });
}

/** All indexes except the one on _id, which every collection has. */
export async function indexesOf(collection: Collection): Promise<IndexPlan[]> {
  return (await collection.indexes())
    .filter(({ name }) => name !== '_id_')
    .map((index) => ({
      key: index.key,
      options: Object.fromEntries(Object.entries(index).filter(([field]) => !SERVER_FIELDS.includes(field))),
    }));
}

export async function createIndexes(collection: Collection, indexes: readonly IndexPlan[]): Promise<void> {
  for (const { key, options } of indexes) await collection.createIndex(key, options);
}
