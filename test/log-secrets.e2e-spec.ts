import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import type { ApiClient } from '../src/cli/api-client.js';
import { AudioFiles } from './support/audio-files.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { ready, sourcesOf, uploadSong } from './support/songs.js';

/** Each secret is unlike any word, so that its presence in the log proves a leak. */
const GIVEN = {
  S3_SECRET_ACCESS_KEY: 's3-secret-Zq8Zq8Zq8',
  CLOUDINARY_URL: 'cloudinary://key:cloudinary-secret-Yw7Yw7@cloud',
  CLOUDFLARE_ZONE_ID: '0123456789abcdef0123456789abcdef',
  CLOUDFLARE_API_TOKEN: 'cloudflare-token-Xv6Xv6Xv6',
  CLOUDFLARE_API_URL: 'http://127.0.0.1:9',
  STREAM_TICKET_SECRETS: `ticket-one-${'Wu5'.repeat(10)},ticket-two-${'Vt4'.repeat(10)}`,
};
const PASSWORDS = {
  mongodb: 'mongo-pass-Us3Us3',
  redis: 'redis-pass-Tr2Tr2',
  query: 'typed-into-the-url-Sq1Sq1',
};

const files = AudioFiles.open();
let receiver: Server;

beforeAll(async () => {
  receiver = createServer((request, response) => request.resume().on('end', () => response.end())).listen(
    0,
    '127.0.0.1',
  );
  await once(receiver, 'listening');
});

afterAll(async () => {
  receiver?.close();
});

/** The names of the secrets that appear in the server's log. */
const leaks = (server: TestServer, secrets: Record<string, string>): string[] => {
  const said = server.lines.join('\n');
  return Object.keys(secrets).filter((name) => said.includes(secrets[name]!));
};

describe('a server with LOG_LEVEL=trace', () => {
  let server: TestServer;
  let admin: ApiClient;
  const secrets: Record<string, string> = { 'admin password': ADMIN.password, 'in the URL': PASSWORDS.query };

  beforeAll(async () => {
    server = await TestServer.start({ ...GIVEN, LOG_LEVEL: 'trace', WEBHOOK_ALLOW_PRIVATE: 'true' });
    admin = await server.admin();
    secrets['session'] = admin.currentToken;
    for (const [name, value] of Object.entries(GIVEN))
      if (/SECRET|TOKEN/.test(name)) value.split(',').forEach((one, i) => (secrets[`${name} ${i}`] = one));
    secrets['CLOUDINARY_URL'] = 'cloudinary-secret-Yw7Yw7';
  }, 60_000);

  afterAll(() => server?.close());

  it('logs no secret during logins, uploads, playback, subscriptions and webhooks', async () => {
    const { createAccessToken } = await admin.ask<{ createAccessToken: { token: string } }>(
      'mutation { createAccessToken(name: "import", scope: UPLOAD) { token } }',
    );
    secrets['access token'] = createAccessToken.token;
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const { createWebhook } = await admin.ask<{ createWebhook: { secret: string } }>(
      'mutation ($url: String!) { createWebhook(url: $url, events: [SONG_READY]) { secret } }',
      { url },
    );
    secrets['webhook secret'] = createWebhook.secret;
    secrets['session in a cookie'] = await cookieSession();
    await wrongPassword('a-wrong-password-Rp0Rp0');
    await post(`{ songs { nodes { id } }`, { authorization: `Bearer ${secrets['access token']}` });
    await fetch(
      `${server.url}/graphql?query=mutation{login(email:"a@b.c",password:"${PASSWORDS.query}"){token}}`,
    );
    await socket();
    const song = await uploadSong(admin, await files.make('tone.flac'));
    await ready(admin, song.id);
    const { masterPlaylist } = await sourcesOf(admin, song.id);
    expect((await fetch(masterPlaylist!)).status).toBe(200);
    await eventually(async () => server.lines.some((line) => line.includes('request completed')));
    expect(server.lines.some((line) => line.includes('-map'))).toBe(true);
    expect(Object.entries(secrets).filter(([, value]) => !value)).toEqual([]);
    expect(leaks(server, secrets)).toEqual([]);
  }, 120_000);

  const post = (query: string, headers: Record<string, string> = {}, variables: object = {}) =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });

  const LOGIN = `mutation ($password: String!, $carrier: SessionCarrier) {
    login(email: "${ADMIN.email}", password: $password, carrier: $carrier) { token } }`;

  async function wrongPassword(password: string): Promise<void> {
    secrets['wrong password'] = password;
    expect(await (await post(LOGIN, {}, { password })).json()).toHaveProperty('errors');
  }

  async function cookieSession(): Promise<string> {
    const { origin } = new URL(server.url);
    const headers = { origin, 'sec-fetch-site': 'same-origin' };
    const variables = { password: ADMIN.password, carrier: 'COOKIE' };
    const answer = await post(LOGIN, headers, variables);
    const cookie = answer.headers.get('set-cookie') ?? '';
    await post('{ __typename }', { ...headers, cookie: cookie.split(';')[0]! });
    return /session=([\w-]+)/.exec(cookie)?.[1] ?? '';
  }

  async function socket(): Promise<void> {
    const client = io(server.url, { transports: ['websocket'], auth: { token: admin.currentToken } });
    await once(client as never, 'connect');
    client.disconnect();
  }
});

describe('a server whose backing services refuse it', () => {
  it('logs the failure without their passwords', async () => {
    const server = await TestServer.start({
      ...GIVEN,
      LOG_LEVEL: 'trace',
      MONGODB_URI: `mongodb://app:${PASSWORDS.mongodb}@127.0.0.1:9/music`,
      REDIS_URL: `redis://default:${PASSWORDS.redis}@127.0.0.1:9`,
    });
    try {
      await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ songs { nodes { id } } }' }),
      });
      await fetch(`${server.url}/health`);
      await eventually(
        async () => server.lines.filter((line) => /ECONNREFUSED|not connected/.test(line)).length >= 2,
      );
      expect(leaks(server, PASSWORDS)).toEqual([]);
    } finally {
      await server.close();
    }
  }, 120_000);

  it.each([
    ['an invalid connection string', { MONGODB_URI: `mongodb://app:${PASSWORDS.mongodb}@/music` }],
    [
      'one with a stray percent sign',
      { MONGODB_URI: `mongodb://app:${PASSWORDS.mongodb}%zz@127.0.0.1/music` },
    ],
    [
      'a connection string with an unknown scheme',
      { MONGODB_URI: `mysql://app:${PASSWORDS.mongodb}@127.0.0.1/music` },
    ],
    ['a Redis address that is none', { REDIS_URL: `http://:${PASSWORDS.redis}@127.0.0.1` }],
  ])(
    'refuses %s without repeating it',
    async (_what, env) => {
      const outcome = await TestServer.start(env as unknown as Record<string, string>).then(
        async (server) => {
          await server.close();
          return server.lines.join('\n');
        },
        (error: Error) => error.message,
      );
      expect(outcome).not.toBe('');
      expect(Object.values(PASSWORDS).filter((secret) => outcome.includes(secret))).toEqual([]);
    },
    120_000,
  );
});
