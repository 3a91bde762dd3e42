import mongoose from 'mongoose';

/** Why a database that answers refuses commands. */
export type DatabaseRefusal = 'CREDENTIALS' | 'FORBIDDEN' | 'NOT_PRIMARY' | 'SHUTTING_DOWN' | 'FULL';

/** MongoDB's error codes (src/mongo/base/error_codes.yml); Atlas uses 8000 instead of 18. */
const CODES: Readonly<Record<number, DatabaseRefusal>> = {
  18: 'CREDENTIALS',
  8000: 'CREDENTIALS',
  13: 'FORBIDDEN',
  10058: 'NOT_PRIMARY',
  10107: 'NOT_PRIMARY',
  13435: 'NOT_PRIMARY',
  13436: 'NOT_PRIMARY',
  189: 'NOT_PRIMARY',
  11602: 'NOT_PRIMARY',
  91: 'SHUTTING_DOWN',
  11600: 'SHUTTING_DOWN',
  14031: 'FULL',
};

/** What the operator should do: one sentence each, without addresses or secrets. */
export const DATABASE_ADVICE: Record<DatabaseRefusal, string> = {
  CREDENTIALS:
    'The database refuses the user or the password of MONGODB_URI: put the valid ones there and start this process again, or give the server the old ones back.',
  FORBIDDEN:
    'The database forbids its user to write: give the user of MONGODB_URI the role readWrite on the database named there.',
  NOT_PRIMARY:
    'The database is not the primary and takes no writes: name the replica set in MONGODB_URI (replicaSet=…), without directConnection, and see that it has a primary.',
  SHUTTING_DOWN: 'The database is shutting down: start it again.',
  FULL: 'The disk of the database is full: free space there.',
};

/** Undefined when the error is not a refusal: no connection, no reply, an invalid query. */
export function databaseRefusalOf(error: unknown): DatabaseRefusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as mongoose.mongo.MongoServerError;
  if (error instanceof mongoose.mongo.MongoServerError && typeof code === 'number') return CODES[code];
  return error.cause === error ? undefined : databaseRefusalOf(error.cause);
}
