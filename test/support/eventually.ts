import { setTimeout as sleep } from 'node:timers/promises';

interface Limits {
  seconds?: number;
  everyMs?: number;
}

/** Calls `ask` until it returns a truthy value; after `seconds` it rejects with the last value or error. */
export async function eventually<T>(
  ask: () => Promise<T | undefined | false>,
  { seconds = 30, everyMs = 100 }: Limits = {},
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = new Error(`not within ${seconds} s; last: ${String(answer)}`);
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  } while (Date.now() < deadline);
  throw last;
}

/** Makes these assertions until none fails; after ten seconds it rejects with the last failure. */
export async function eventuallyPasses(assertions: () => unknown): Promise<void> {
  await eventually(async () => (await assertions(), true), { seconds: 10, everyMs: 25 });
}
