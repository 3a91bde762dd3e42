import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { graphqlClient, closeAllClients, Subscriber } from './support/subscribers.js';

/** A slower response was not bounded, milliseconds; a busy machine needs a few dozen. */
const AT_ONCE_MS = 3_000;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
});

afterEach(closeAllClients);

afterAll(() => server?.close());

/** Fragments that each spread the next one twice: `levels` fragments, 2^levels paths. */
function fragmentBomb(levels: number, type: 'Query' | 'Subscription', leaf: string): string {
  const fragments = Array.from(
    { length: levels },
    (_, level) => `fragment F${level} on ${type}{...F${level + 1} ...F${level + 1}}`,
  );
  return `${type.toLowerCase()}{...F0}${fragments.join('')}fragment F${levels} on ${type}{${leaf}}`;
}

async function post(query: string): Promise<{ data?: unknown; errors?: unknown[] }> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(AT_ONCE_MS),
  });
  return (await response.json()) as { data?: unknown; errors?: unknown[] };
}

async function others(): Promise<void> {
  expect(await post('{ songs(first: 1) { totalCount } }')).toEqual({ data: { songs: { totalCount: 0 } } });
}

describe('fragments that spread fragments twice', () => {
  it.each([20, 60, 200])(
    'on %i levels are answered at once by POST, and other requests are served',
    async (levels) => {
      const bomb = fragmentBomb(levels, 'Query', 'songs(first: 1) { totalCount }');
      const [answer] = await Promise.all([post(bomb), others()]);
      expect(answer).toEqual({ data: { songs: { totalCount: 0 } } });
    },
  );

  it.each([20, 60, 200])(
    'on %i levels are answered at once by GET, and other requests are served',
    async (levels) => {
      const query = fragmentBomb(levels, 'Query', '__typename');
      const ask = fetch(`${server.url}/graphql?${new URLSearchParams({ query })}`, {
        headers: { 'apollo-require-preflight': 'true' },
        signal: AbortSignal.timeout(AT_ONCE_MS),
      });
      const [response] = await Promise.all([ask, others()]);
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    },
  );

  it.each([20, 60, 200])(
    'on %i levels are subscribed to at once, and other requests are served',
    async (levels) => {
      const bomb = fragmentBomb(
        levels,
        'Subscription',
        'songProcessing(songId: "0123456789abcdef01234567") { id }',
      );
      const subscriber = new Subscriber(graphqlClient(server.url), bomb);
      await others();
      const error = await eventually(async () => subscriber.error, {
        seconds: AT_ONCE_MS / 1_000,
        everyMs: 20,
      });
      expect(error).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
    },
  );
});
