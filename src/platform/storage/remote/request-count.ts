import { AsyncLocalStorage } from 'node:async_hooks';

const counts = new AsyncLocalStorage<{ made: number }>();

/** Told by a store that bills, for each try of each request. */
export function countRequest(): void {
  const count = counts.getStore();
  if (count) count.made++;
}

/**
 * Does `work` and calls `tell` at its end, also when it fails, with the requests that it has made of remote stores. A
 * local disk makes none.
 */
export async function countingRequests<T>(
  work: () => Promise<T>,
  tell: (requests: number) => void,
): Promise<T> {
  const count = { made: 0 };
  try {
    return await counts.run(count, work);
  } finally {
    tell(count.made);
  }
}
