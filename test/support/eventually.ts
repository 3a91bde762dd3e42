import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves as soon as `promise` does; rejects with its last error when that takes more than ten seconds. */
export async function eventually(promise: () => unknown): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      await promise();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(25);
    }
  }
}
