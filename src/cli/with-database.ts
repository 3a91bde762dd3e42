import mongoose from 'mongoose';
import { DATABASE_ADVICE, databaseRefusalOf } from '../platform/errors/database-refusal.js';
import type { Config } from '../platform/config/config.js';
import { connectBackingServices } from '../platform/backing-services/backing-services.js';

/** Longest wait for a database that does not answer, milliseconds. */
const DATABASE_TIMEOUT_MS = 5_000;

/** Lends the database of the house: of the one that runs, else of one started for this. */
export async function withDatabase<T>(
  config: Config,
  work: (database: mongoose.mongo.Db) => Promise<T>,
): Promise<T> {
  const services = await connectBackingServices(config);
  const client = new mongoose.mongo.MongoClient(services.mongodbUri, {
    serverSelectionTimeoutMS: DATABASE_TIMEOUT_MS,
  });
  try {
    await client.connect().catch((cause: Error) => {
      const refusal = databaseRefusalOf(cause);
      throw new Error(refusal ? DATABASE_ADVICE[refusal] : 'The database does not answer.', { cause });
    });
    return await work(client.db());
  } finally {
    await client.close().catch(() => undefined);
    await services.stop();
  }
}
