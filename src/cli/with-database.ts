import mongoose from 'mongoose';
import { DATABASE_ADVICE, databaseRefusalOf } from '../platform/errors/database-refusal.js';
import type { Config } from '../platform/config/config.js';
import { connectBackingServices } from '../platform/backing-services/backing-services.js';

/** How long to wait for a database that does not answer, milliseconds. */
const DATABASE_TIMEOUT_MS = 5_000;

/** Runs `work` with the server's database: that of the running server, else one started for this call. */
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
