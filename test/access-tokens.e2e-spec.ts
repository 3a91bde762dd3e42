import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiClient } from '../src/cli/api-client.js';
import { TestServer } from './support/test-server.js';
import { codeOf, me, newAccessToken, newPerson, REGISTER } from './support/account-clients.js';

const NOTHING = '507f1f77bcf86cd799439011';
const IN_PERSON = [
  'mutation { logout }',
  'mutation { logoutEverywhere }',
  'mutation { changePassword(current: "x", next: "y") { id } }',
  'mutation { createAccessToken(name: "more", scope: ADMIN) { token } }',
  `mutation { revokeAccessToken(id: "${NOTHING}") { id } }`,
  '{ accessTokens { totalCount } }',
];

let server: TestServer;
let admin: ApiClient;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
  admin = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

const script = async (owner: ApiClient, scope: string) =>
  new ApiClient(server.url, (await newAccessToken(owner, scope)).token);

/** A multipart upload of bytes that are no song: NOT_AUDIO means that the token was accepted. */
async function upload(token: string): Promise<string> {
  const form = new FormData();
  const query = 'mutation ($file: Upload!) { uploadSong(file: $file) { id } }';
  form.set('operations', JSON.stringify({ query, variables: { file: null } }));
  form.set('map', '{"0":["variables.file"]}');
  form.set('0', new Blob(['not a song']), 'song.mp3');
  const headers = { 'apollo-require-preflight': 'true', authorization: `Bearer ${token}` };
  const response = await fetch(`${server.url}/graphql`, { method: 'POST', body: form, headers });
  return ((await response.json()) as { errors: [{ extensions: { code: string } }] }).errors[0].extensions
    .code;
}

describe('a personal access token', () => {
  it('is shown once, is listed without its secret, and is refused when revoked', async () => {
    const { client, id: accountId } = await newPerson(server.url);
    const { token, id } = await newAccessToken(client, 'READ');
    const asked = new ApiClient(server.url, token);
    expect((await me(asked)).id).toBe(accountId);
    const { accessTokens } = await client.ask<{ accessTokens: { edges: { node: object }[] } }>(
      '{ accessTokens { edges { node { id name scope expiresAt lastUsedAt } } } }',
    );
    expect(accessTokens.edges.map(({ node }) => node)).toEqual([
      { id, name: 'nightly', scope: 'READ', expiresAt: null, lastUsedAt: expect.any(String) },
    ]);
    await client.ask('mutation ($id: ID!) { revokeAccessToken(id: $id) { id } }', { id });
    expect(await codeOf(me(asked))).toBe('UNAUTHENTICATED');
  });

  it('can be revoked by its owner only', async () => {
    const { id } = await newAccessToken((await newPerson(server.url)).client, 'READ');
    const { client: other } = await newPerson(server.url);
    const revoke = 'mutation ($id: ID!) { revokeAccessToken(id: $id) { id } }';
    expect(await codeOf(other.ask(revoke, { id }))).toBe('NOT_FOUND');
  });

  it('is refused after its expiry', async () => {
    const { client } = await newPerson(server.url);
    const { token } = await newAccessToken(client, 'READ', new Date(Date.now() + 1_500));
    const asked = new ApiClient(server.url, token);
    expect(await codeOf(me(asked))).toBe('OK');
    await sleep(1_600);
    expect(await codeOf(me(asked))).toBe('UNAUTHENTICATED');
    expect(await codeOf(newAccessToken(client, 'READ', new Date(0)))).toBe('BAD_INPUT');
  });

  it('stays valid when the password is changed, unlike sessions', async () => {
    const { client } = await newPerson(server.url);
    const asked = await script(client, 'READ');
    await client.ask(
      'mutation { changePassword(current: "a long walk by the sea", next: "another walk by the sea") { id } }',
    );
    expect(await codeOf(me(asked))).toBe('OK');
  });

  it.each(['READ', 'WRITE', 'UPLOAD', 'ADMIN'])(
    'of scope %s never does what needs the person',
    async (scope) => {
      const asked = await script(admin, scope);
      for (const query of IN_PERSON)
        expect([query, await codeOf(asked.ask(query))]).toEqual([query, 'FORBIDDEN']);
    },
  );

  it.each([
    // scope, processSong, accounts, upload, register
    ['READ', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'],
    ['WRITE', 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'OK'],
    ['UPLOAD', 'NOT_FOUND', 'FORBIDDEN', 'NOT_AUDIO', 'FORBIDDEN'],
    ['ADMIN', 'NOT_FOUND', 'OK', 'NOT_AUDIO', 'OK'],
  ])(
    'of an administrator and scope %s does that and no more',
    async (scope, process, accounts, uploads, register) => {
      const { token } = await newAccessToken(admin, scope);
      const asked = new ApiClient(server.url, token);
      const rest = await fetch(`${server.url}/api/streaming/process`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ songId: NOTHING }),
      });
      expect({
        songs: await codeOf(asked.ask('{ songs { totalCount } }')),
        process: await codeOf(asked.ask(`mutation { processSong(songId: "${NOTHING}") { id } }`)),
        rest: ((await rest.json()) as { code: string }).code,
        accounts: await codeOf(asked.ask('{ accounts { totalCount } }')),
        uploads: await upload(token),
        register: await codeOf(
          asked.ask(REGISTER, { email: `by-${scope}@example.com`, password: 'a long walk by the sea' }),
        ),
      }).toEqual({ songs: 'OK', process, rest: process, accounts, uploads, register });
    },
  );

  it('never exceeds the role of its account: an ADMIN token of a listener has a listener’s rights', async () => {
    const asked = await script((await newPerson(server.url)).client, 'ADMIN');
    expect(await codeOf(asked.ask('{ accounts { totalCount } }'))).toBe('FORBIDDEN');
  });
});

describe('registration', () => {
  it('can be disabled', async () => {
    const closed = await TestServer.start({ WORKER: 'none', REGISTRATION: 'closed' });
    try {
      expect(await codeOf(newPerson(closed.url))).toBe('REGISTRATION_CLOSED');
    } finally {
      await closed.close();
    }
  });
});
