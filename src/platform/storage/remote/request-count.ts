import { AsyncLocalStorage } from 'node:async_hooks';

const counts = new AsyncLocalStorage<{ made: number }>();

/** Called by a store that bills requests, for each attempt of each request. */
export function countRequest(): void {
  const count = counts.getStore();
  if (count) count.made++;
}

/**
 * Runs `work` and then calls `report`, also after a failure, with the number of requests to remote stores. A local disk
 * makes none.
 */
export async function countingRequests<T>(
  work: () => Promise<T>,
  report: (requests: number) => void,
): Promise<T> {
  const count = { made: 0 };
  try {
    return await counts.run(count, work);
  } finally {
    report(count.made);
  }
}
