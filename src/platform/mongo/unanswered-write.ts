import mongoose, { type AnyKeys, type HydratedDocument, type Model } from 'mongoose';
import { retry } from '../async/retry.js';
import { isDuplicateKey } from './duplicate-key.js';
import { driverError, isDatabaseOutage } from '../errors/to-domain-error.js';

/** A restart, a failover and a long pause of the database are over after `withinMs`. */
const POLICY = { firstPauseMs: 100, longestPauseMs: 1_000, withinMs: 20_000 };

/**
 * Whether a write that failed with this error may have been executed, or may still be: the connection broke after it
 * was sent, or the server itself reports that the outcome is unknown (labels of the "Retryable Writes" specification of
 * MongoDB's drivers). False for an error before anything was sent (no server, no connection).
 */
export function isUnanswered(thrown: unknown): boolean {
  const error = driverError(thrown);
  const { MongoNetworkError, MongoError, MongoWriteConcernError } = mongoose.mongo;
  if (error instanceof MongoNetworkError || error instanceof MongoWriteConcernError) return true;
  return error instanceof MongoError && error.hasErrorLabel('RetryableWriteError');
}

/**
 * Repeats a write whose answer was lost until the database answers. `write` must be idempotent; from its second call on
 * it gets true, and then a condition that no longer holds may mean that the first call was executed. Once a repetition
 * is answered, the lost write can do no harm: if it is executed late, it finds nothing to do.
 *
 * Rejects with the first error, for which `isUnanswered` is true, when the database stays unavailable: the outcome is
 * then unknown, and the caller must not undo anything.
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
  const isTransient = (error: unknown): boolean => isUnanswered(error) || isDatabaseOutage(error);
  try {
    return await retry(write, { ...POLICY, hasFailed: true, isTransient });
  } catch (error) {
    throw isTransient(error) ? first : error;
  }
}

/** Creates a document exactly once: its id is known before the write, so a repetition finds the first document. */
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
