import { setTimeout as sleep } from 'node:timers/promises';
import { NotFoundError } from '../../errors/domain-error.js';
import { DEFAULT_RETRY_POLICY } from './retry-policy.js';
import { RetriesExhaustedError, StoreRefusalError, type StoreFailure } from './store-failure.js';
import { COPYING, ONCE, REPEATABLE, StoreRequests, type Repetition } from './store-requests.js';

const IDLE_MS = 20;
const FAILURES: Record<string, StoreFailure> = {
  busy: { kind: 'transient', sentence: 'Busy.' },
  refused: { kind: 'permanent', sentence: 'Refused.' },
  missing: { kind: 'missing' },
};

const requests = new StoreRequests(
  { ...DEFAULT_RETRY_POLICY, attempts: 5, firstPauseMs: 1, idleMs: IDLE_MS },
  (error) => FAILURES[(error as Error).message],
);

/** How often a request is sent that fails each time with `message`, after `lastsMs`. */
async function triesOf(message: string, repetition: Repetition, lastsMs = 0): Promise<number> {
  let tries = 0;
  const failing = async (attempt: number) => {
    tries = attempt;
    await sleep(lastsMs);
    throw new Error(message);
  };
  await expect(requests.send(failing, repetition)).rejects.toThrow(message);
  return tries;
}

describe('StoreRequests.send', () => {
  it.each([
    ['a repeatable request that fails transiently, as often as the policy says', 'busy', REPEATABLE, 0, 5],
    ['a repeatable request that fails late, as often as well', 'busy', REPEATABLE, 2 * IDLE_MS, 5],
    ['a request that is refused, once', 'refused', REPEATABLE, 0, 1],
    ['a request with an error of its own, once', 'no error of the store', REPEATABLE, 0, 1],
    ['a request of the check, once', 'busy', ONCE, 0, 1],
    ['a copy that fails at once, as often as the policy says', 'busy', COPYING, 0, 5],
    [
      'a copy that fails late, twice, because each try may have started a copy',
      'busy',
      COPYING,
      2 * IDLE_MS,
      2,
    ],
  ])('sends %s', async (_, message, repetition, lastsMs, expected) => {
    expect(await triesOf(message, repetition, lastsMs)).toBe(expected);
  });

  it('does not repeat what has been repeated already', async () => {
    let tries = 0;
    const exhausted = () => {
      tries++;
      return requests.explained(Promise.reject(new Error('busy')));
    };
    await expect(requests.send(exhausted)).rejects.toBeInstanceOf(RetriesExhaustedError);
    expect(tries).toBe(1);
  });
});

describe('StoreRequests.explained', () => {
  it.each([
    ['busy', RetriesExhaustedError],
    ['refused', StoreRefusalError],
    ['missing', NotFoundError],
  ])('turns the failure "%s" into an error of MediaStorage', async (message, expected) => {
    await expect(requests.explained(Promise.reject(new Error(message)))).rejects.toBeInstanceOf(expected);
  });
});
