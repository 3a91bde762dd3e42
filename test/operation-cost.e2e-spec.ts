import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { RedisMeter, total } from './support/redis-meter.js';
import { RedisServer } from './support/redis-server.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { graphqlClient, closeAllClients, Subscriber } from './support/subscribers.js';

/** Small limits need few requests. A process reports its spending to the others at a tenth of the limit. */
const PER_ADDRESS = 20_000;
const PER_ACCOUNT = 5_000;
const MAX_ANSWER_BYTES = 20_000;

interface Answer {
  status: number;
  retryAfter: string | null;
  body: {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions: Record<string, unknown> }[];
  };
}

let redis: RedisServer;
let database: EmbeddedDatabase;
let servers: [TestServer, TestServer];
let meter: RedisMeter;

beforeAll(async () => {
  redis = await RedisServer.create();
  [database] = await Promise.all([EmbeddedDatabase.start(), redis.start()]);
  const env = {
    REDIS_URL: redis.url,
    MONGODB_URI: database.uri,
    WORKER: 'none',
    TRUST_PROXY: '1',
    GRAPHQL_COST_PER_ADDRESS_AND_MINUTE: String(PER_ADDRESS),
    GRAPHQL_COST_PER_ACCOUNT_AND_MINUTE: String(PER_ACCOUNT),
    GRAPHQL_MAX_ANSWER_BYTES: String(MAX_ANSWER_BYTES),
  };
  servers = await Promise.all([TestServer.start(env), TestServer.start(env)]);
  meter = await RedisMeter.on(redis.url);
});

afterEach(closeAllClients);

afterAll(async () => {
  meter?.close();
  await Promise.all((servers ?? []).map((server) => server.close()));
  await Promise.all([redis?.remove(), database?.close()]);
});

let addresses = 0;
/** An address that has not sent a request yet. */
const stranger = () => `198.51.100.${++addresses}`;

async function post(
  query: string,
  { variables = {}, address = stranger(), token = '', server = servers[0] } = {},
): Promise<Answer> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-forwarded-for': address,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  return read(response);
}

async function get(query: string, variables: object): Promise<Answer> {
  const asked = new URLSearchParams({ query, variables: JSON.stringify(variables) });
  const headers = { 'apollo-require-preflight': 'true', 'x-forwarded-for': stranger() };
  return read(await fetch(`${servers[0].url}/graphql?${asked}`, { headers }));
}

async function read(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer['body'];
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

const pages = (count: number) =>
  Array.from({ length: count }, (_, i) => `a${i}: songs(first: $n) { edges { node { id title } } }`).join(
    ' ',
  );
const LARGE = `query ($n: Int!) { ${pages(90)} }`;
/** 1,511 points without a song in the library. */
const SEARCH = '{ search(query: "a") { songs(first: 1) { edges { node { id } } } } }';

describe('an operation above the cost limit', () => {
  const refused = {
    extensions: { code: 'QUERY_TOO_COSTLY', cost: expect.any(Number), limit: 30_000 },
    message: expect.stringMatching(/costs about \d+ points; 30000 are allowed/),
  };

  it('is refused by POST with its cost and the limit, before any resolver runs', async () => {
    const { status, body } = await post(LARGE, { variables: { n: 100 } });
    expect(status).toBe(400);
    expect(body).toEqual({ errors: [expect.objectContaining(refused)] });
    expect(body.errors![0]!.extensions['cost']).toBeGreaterThan(90 * 100 * 8);
  });

  it('is refused by GET', async () => {
    const { status, body } = await get(LARGE, { n: 100 });
    expect(status).toBe(400);
    expect(body).toEqual({ errors: [expect.objectContaining(refused)] });
  });

  it('runs when its variables bring the cost below the limit', async () => {
    expect((await post(LARGE, { variables: { n: 5 } })).body.errors).toBeUndefined();
  });

  it('is refused as a subscription at a tenth of the limit, because each event costs that much', async () => {
    const album = Array.from(
      { length: 4 },
      (_, i) => `a${i}: album { tracks { id title artist album { title artist } } }`,
    ).join(' ');
    const subscription = `subscription { songProcessing(songId: "0123456789abcdef01234567") { ${album} } }`;
    const subscriber = new Subscriber(graphqlClient(servers[0].url), subscription);
    const error = await eventually(async () => subscriber.error);
    expect(error).toMatchObject({ extensions: { code: 'QUERY_TOO_COSTLY', limit: 3_000 } });
  });
});

describe('an answer above GRAPHQL_MAX_ANSWER_BYTES', () => {
  it('is replaced by ANSWER_TOO_LARGE, also when only long aliases make it large', async () => {
    const name = 'a'.repeat(1_000);
    const { status, body } = await post(
      `{ ${Array.from({ length: 30 }, (_, i) => `${name}${i}: __typename`).join(' ')} }`,
    );
    expect(status).toBe(400);
    expect(body.data).toBeUndefined();
    expect(body.errors).toMatchObject([
      { extensions: { code: 'ANSWER_TOO_LARGE', limitBytes: MAX_ANSWER_BYTES } },
    ]);
  });
});

describe('the cost allowance per minute', () => {
  async function spend(options: Parameters<typeof post>[1]): Promise<{ answered: number; refusal: Answer }> {
    for (let answered = 0; answered < 100; answered += 1) {
      const answer = await post(SEARCH, options);
      if (answer.body.errors) return { answered, refusal: answer };
    }
    throw new Error('never refused');
  }

  it('of an address: once spent, requests get 429 with the seconds to wait; other addresses are served', async () => {
    const address = stranger();
    const { answered, refusal } = await spend({ address });
    expect(answered).toBeGreaterThan(PER_ADDRESS / 2_000);
    expect(refusal.status).toBe(429);
    const { extensions } = refusal.body.errors![0]!;
    expect(extensions).toEqual({
      code: 'RATE_LIMITED',
      cost: expect.any(Number),
      limit: PER_ADDRESS,
      retryAfterSeconds: expect.any(Number),
    });
    expect(extensions['retryAfterSeconds']).toBeGreaterThan(0);
    expect(extensions['retryAfterSeconds']).toBeLessThanOrEqual(60);
    expect(refusal.retryAfter).toBe(String(extensions['retryAfterSeconds']));
    expect((await post(SEARCH)).body.errors).toBeUndefined();
  });

  it('of an address is shared by all processes', async () => {
    const address = stranger();
    await spend({ address });
    await eventually(async () => (await post(SEARCH, { address, server: servers[1] })).status === 429, {
      everyMs: 20,
      seconds: 10,
    });
    const fresh = stranger();
    const alone = await spend({ address: fresh, server: servers[1] });
    expect(alone.answered).toBeGreaterThan(PER_ADDRESS / 2_000);
  });

  it('of an account counts requests from all addresses', async () => {
    const client = new ApiClient(servers[0].url);
    await client.login(ADMIN.email, ADMIN.password);
    const token = client.currentToken;
    const statuses: number[] = [];
    for (let i = 0; i < 6; i += 1) statuses.push((await post(SEARCH, { token })).status);
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(429);
    expect((await post(SEARCH)).status).toBe(200);
  });

  it('of an address is also spent by invalid documents', async () => {
    const address = stranger();
    const invalid = `{ ${'nonsense '.repeat(700)} }`;
    const codes: unknown[] = [];
    for (let i = 0; i < 5; i += 1)
      codes.push((await post(invalid, { address })).body.errors![0]!.extensions['code']);
    expect(codes[0]).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await post(SEARCH, { address })).status).toBe(429);
  });

  it('needs no Redis command while little of it is spent', async () => {
    const address = stranger();
    await meter.since();
    for (let i = 0; i < 20; i += 1) await post('{ songs(first: 1) { totalCount } }', { address: stranger() });
    await post('{ songs { edges { node { id } } } }', { address });
    expect(total(await meter.since())).toBe(0);
  });

  it('is kept by each process on its own while Redis is down', async () => {
    await redis.kill();
    const address = stranger();
    const { answered } = await spend({ address });
    expect(answered).toBeGreaterThan(PER_ADDRESS / 2_000);
    expect((await post(SEARCH)).body.errors).toBeUndefined();
    await redis.start();
  });
});
