import { setTimeout as sleep } from 'node:timers/promises';
import mongoose, { type AnyKeys, type HydratedDocument, type Model } from 'mongoose';
import { isDuplicateKey } from './duplicate-key.js';
import { driverError, isDatabaseOutage } from '../errors/to-domain-error.js';

/** How long the database is asked again, milliseconds: a restart, a failover and a long pause are over by then. */
const PATIENCE_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Whether a write that ended in this error may have been carried out, or may still be: the connection broke behind it, or
 * the server says itself that it does not know (labels of the "Retryable Writes" specification of MongoDB's drivers). An
 * error that came before anything was sent (no server, no connection) leaves nothing open.
 */
export function isUnanswered(thrown: unknown): boolean {
  const error = driverError(thrown);
  const { MongoNetworkError, MongoError, MongoWriteConcernError } = mongoose.mongo;
  if (error instanceof MongoNetworkError || error instanceof MongoWriteConcernError) return true;
  return error instanceof MongoError && error.hasErrorLabel('RetryableWriteError');
}

/**
 * Repeats a write whose answer was lost until the database has answered it. `write` must be one that may be carried out
 * twice; from its second call on it gets true, and then finding its condition gone may mean that the first call did it.
 * Once a repetition is answered, the lost one can do no harm: carried out late, it finds nothing to do.
 *
 * Rejects with the first error, one of which `isUnanswered` is true, when the database stays away: then nobody knows, and
 * whoever wanted the write must undo nothing.
 */
export async function untilAnswered<T>(write: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await write(false);
  } catch (error) {
    if (!isUnanswered(error)) throw error;
    return repeated(() => write(true), error);
  }
}

async function repeated<T>(write: () => Promise<T>, first: unknown): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    await sleep(pause);
    try {
      return await write();
    } catch (error) {
      if (!isUnanswered(error) && !isDatabaseOutage(error)) throw error;
      if (Date.now() > deadline) throw first;
    }
  }
}

/** A new document, written once: its id is known before, so a repetition finds what the first write left. */
export function createOnce<T>(
  model: Model<T>,
  fields: AnyKeys<T> & { _id?: unknown },
): Promise<HydratedDocument<T>> {
  const named = { _id: new mongoose.Types.ObjectId(), ...fields };
  return untilAnswered(async (again) => {
    try {
      return await model.create(named);
    } catch (error) {
      const written = again && isDuplicateKey(error) ? await model.findById(named._id) : null;
      if (!written) throw error;
      return written;
    }
  });
}
