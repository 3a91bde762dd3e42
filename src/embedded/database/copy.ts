import { parseArgs } from 'node:util';
import mongoose from 'mongoose';

const { MongoClient } = mongoose.mongo;
type Client = mongoose.mongo.MongoClient;
type Collection = mongoose.mongo.Collection;

const SYSTEM_DATABASES = ['admin', 'local', 'config'];
const BATCH = 500;
/** Said by the server about an index, not wanted by it. */
const SERVER_FIELDS = ['v', 'ns', 'key'];

/**
 * Copies every database from one server to another, for instance from the embedded one to a MongoDB. Documents are
 * replaced by their `_id`, so a copy that was interrupted can simply be started again.
 */
async function copy(from: Client, to: Client): Promise<void> {
  const { databases } = await from.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases.filter((database) => !SYSTEM_DATABASES.includes(database.name))) {
    const collections = await from
      .db(name)
      .listCollections({ type: 'collection' }, { nameOnly: true })
      .toArray();
    for (const collection of collections) {
      if (collection.name.startsWith('system.')) continue;
      const [source, target] = [from, to].map((client) => client.db(name).collection(collection.name)) as [
        Collection,
        Collection,
      ];
      const documents = await copyDocuments(source, target);
      const indexes = await copyIndexes(source, target);
      process.stdout.write(`${name}.${collection.name}: ${documents} documents, ${indexes} indexes\n`);
    }
  }
}

async function copyDocuments(source: Collection, target: Collection): Promise<number> {
  await target.db.createCollection(target.collectionName).catch(alreadyThere);
  let copied = 0;
  let batch: mongoose.mongo.AnyBulkWriteOperation[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await target.bulkWrite(batch, { ordered: false });
    copied += batch.length;
    batch = [];
  };
  // Unpromoted values: an int must not arrive as a double.
  for await (const document of source.find({}, { promoteValues: false, bsonRegExp: true })) {
    batch.push({ replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true } });
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return copied;
}

/** 48: the collection exists, which is what a second run expects. */
function alreadyThere(error: unknown): void {
  if ((error as { code?: number }).code !== 48) throw error;
}

/** After the documents, so that a unique index does not meet a half-copied state. */
async function copyIndexes(source: Collection, target: Collection): Promise<number> {
  const indexes = await source.indexes();
  for (const index of indexes) {
    if (index.name === '_id_') continue;
    const options = Object.fromEntries(
      Object.entries(index).filter(([field]) => !SERVER_FIELDS.includes(field)),
    );
    await target.createIndex(index.key, options);
  }
  return indexes.length;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { from: { type: 'string' }, to: { type: 'string' } } });
  if (!values.from || !values.to) throw new Error('Usage: copy --from <mongodb uri> --to <mongodb uri>');
  const from = new MongoClient(values.from);
  const to = new MongoClient(values.to);
  try {
    await copy(from, to);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
