import { parseArgs } from 'node:util';
import mongoose from 'mongoose';
import { collectionNames, createIndexes, documentsOf, indexesOf } from '../platform/mongo/collection-copy.js';
import { DocumentWriter } from '../platform/mongo/document-writer.js';

const { MongoClient } = mongoose.mongo;
type Client = mongoose.mongo.MongoClient;
type Collection = mongoose.mongo.Collection;

const SYSTEM_DATABASES = ['admin', 'local', 'config'];

/**
 * Copies all databases from one server to another, for instance from the embedded database to MongoDB. Documents are
 * replaced by `_id`, so an interrupted copy can simply be started again.
 */
async function copy(from: Client, to: Client): Promise<void> {
  const { databases } = await from.db().admin().listDatabases({ nameOnly: true });
  for (const { name } of databases.filter((database) => !SYSTEM_DATABASES.includes(database.name))) {
    for (const collection of await collectionNames(from.db(name))) {
      const source = from.db(name).collection(collection);
      const target = to.db(name).collection(collection);
      const documents = await copyDocuments(source, target);
      const indexes = await copyIndexes(source, target);
      process.stdout.write(`${name}.${collection}: ${documents} documents, ${indexes} indexes\n`);
    }
  }
}

async function copyDocuments(source: Collection, target: Collection): Promise<number> {
  const writer = await DocumentWriter.to(target);
  for await (const document of documentsOf(source)) await writer.write(document);
  return writer.end();
}

/** Indexes are created after the documents, so that a unique index never sees a half-copied collection. */
async function copyIndexes(source: Collection, target: Collection): Promise<number> {
  const indexes = await indexesOf(source);
  await createIndexes(target, indexes);
  // Every collection has the index on _id.
  return indexes.length + 1;
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
