import type mongoose from 'mongoose';

type Collection = mongoose.mongo.Collection;
type Database = mongoose.mongo.Db;
type Document = mongoose.mongo.BSON.Document;

const BATCH = 500;
/** Said by the server about an index, not wanted by it. */
const SERVER_FIELDS = ['v', 'ns', 'key'];
const COLLECTION_EXISTS = 48;

/** An index as it is made: its key, and everything else about it. */
export interface IndexPlan {
  key: Document;
  options: Document;
}

/** In alphabetical order. */
export async function collectionNames(database: Database): Promise<string[]> {
  const found = await database.listCollections({ type: 'collection' }, { nameOnly: true }).toArray();
  return found
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('system.'))
    .sort();
}

/** Every document with the types it is stored with: an int must not arrive as a double. */
export function documentsOf(collection: Collection, filter: Document = {}): AsyncIterable<Document> {
  return collection.find(filter, { promoteValues: false, bsonRegExp: true });
}

/** All but the one on _id, which every collection has. */
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

/** Writes documents in batches, each in the place of one with the same _id: begun again, it ends the same. */
export class DocumentWriter {
  private batch: mongoose.mongo.AnyBulkWriteOperation[] = [];
  private written = 0;

  private constructor(private readonly target: Collection) {}

  static async to(target: Collection): Promise<DocumentWriter> {
    await target.db.createCollection(target.collectionName).catch((error: { code?: number }) => {
      if (error.code !== COLLECTION_EXISTS) throw error;
    });
    return new DocumentWriter(target);
  }

  async write(document: Document): Promise<void> {
    this.batch.push({
      replaceOne: { filter: { _id: document['_id'] }, replacement: document, upsert: true },
    });
    if (this.batch.length === BATCH) await this.flush();
  }

  /** Resolves with how many were written in all. */
  async end(): Promise<number> {
    await this.flush();
    return this.written;
  }

  private async flush(): Promise<void> {
    if (this.batch.length > 0) await this.target.bulkWrite(this.batch, { ordered: false });
    this.written += this.batch.length;
    this.batch = [];
  }
}
