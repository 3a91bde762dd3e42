import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the answer, or rejects after `milliseconds`; for services whose client would wait for ever. */
export async function withTimeout<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: over.signal })
    .then(oneMoreTurn)
    .then(() => Promise.reject(new Error(`no answer within ${milliseconds} ms`)));
  late.catch(() => undefined); // it also rejects when the answer came first
  try {
    return await Promise.race([answer, late]);
  } finally {
    over.abort();
  }
}

/**
 * Resolves when data that has arrived meanwhile has been read. On a busy machine this process may be scheduled late:
 * then a timer is due together with the answer it limits, and Node runs timers first.
 */
export async function oneMoreTurn(): Promise<void> {
  await turn();
  await turn();
}
