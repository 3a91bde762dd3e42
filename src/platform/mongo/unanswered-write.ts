import { setTimeout as sleep } from 'node:timers/promises';
import mongoose, { type AnyKeys, type HydratedDocument, type Model } from 'mongoose';
import { isDuplicateKey } from './duplicate-key.js';
import { driverError, isDatabaseOutage } from '../errors/to-domain-error.js';

/** How long a write is retried, milliseconds: a restart, a failover and a long pause are over by then. */
const RETRY_FOR_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

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
  const deadline = Date.now() + RETRY_FOR_MS;
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
