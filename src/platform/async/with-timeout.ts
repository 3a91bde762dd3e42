import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** The answer, or after so many milliseconds an error; for a supplier whose client would wait for ever. */
export async function withTimeout<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: over.signal })
    .then(oneMoreTurn)
    .then(() => Promise.reject(new Error(`no answer within ${milliseconds} ms`)));
  late.catch(() => undefined); // also rejects when it is not needed any more
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}

/**
 * Resolves when what has arrived meanwhile has been read. On a busy machine this process may be woken late: then a timer
 * is due together with the answer it waits for, and Node runs timers first.
 */
export async function oneMoreTurn(): Promise<void> {
  await turn();
  await turn();
}
