import type mongoose from 'mongoose';

type Collection = mongoose.mongo.Collection;
type Database = mongoose.mongo.Db;
type Document = mongoose.mongo.BSON.Document;

const BATCH = 500;
/** Fields of an index that the server returns but does not accept. */
const SERVER_FIELDS = ['v', 'ns', 'key'];
const COLLECTION_EXISTS = 48;

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

/** Writes documents in batches, replacing those with the same _id, so that a repetition has the same result. */
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

  /** Resolves with the number of written documents. */
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
