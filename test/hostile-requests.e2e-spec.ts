import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient, ApiError } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { uploadSong, UPLOAD } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('fixtures');
let server: TestServer;
let client: ApiClient;

beforeAll(async () => {
  // The guesses seem to come from many addresses, so that no limit stops them and only their cost remains.
  server = await TestServer.start({
    WORKER: 'none',
    LOGIN_ATTEMPTS_PER_MINUTE: '10000',
    LOGIN_ATTEMPTS_PER_ADDRESS_AND_MINUTE: '10000',
  });
  client = await server.admin();
});

afterAll(async () => {
  await server?.close();
});

const part = (head: string, body: string) =>
  `--x\r\ncontent-disposition: form-data; name=${head}\r\n\r\n${body}\r\n`;
const OPERATIONS = part('"operations"', JSON.stringify({ query: UPLOAD, variables: { file: null } }));
const MAP = part('"map"', '{"0":["variables.file"]}');
const FILE = part('"0"; filename="a.mp3"', 'sound');
const BOUNDARY = 'multipart/form-data; boundary=x';

describe('an invalid multipart body', () => {
  it.each([
    ['without a map', OPERATIONS + FILE, BOUNDARY],
    ['with a map that is no JSON', OPERATIONS + part('"map"', '{{') + FILE, BOUNDARY],
    ['with its file first', FILE + OPERATIONS + MAP, BOUNDARY],
    ['without its file', OPERATIONS + MAP, BOUNDARY],
    ['with 2 MB of operations', part('"operations"', ' '.repeat(2_000_000)), BOUNDARY],
    ['with a file name no header can hold', OPERATIONS + MAP + part('"0"; filename="a\0b"', ''), BOUNDARY],
    ['without a boundary', OPERATIONS + MAP + FILE, 'multipart/form-data'],
  ])('%s is refused at once with a GraphQL error', async (_what, body, contentType) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${client.currentToken}`,
        'apollo-require-preflight': 'true',
        'content-type': contentType,
      },
      body: `${body}--x--\r\n`,
      signal: AbortSignal.timeout(5_000),
    });
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(errors[0]!.extensions.code).toBe('BAD_INPUT');
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['/api/streaming/process', '{bad', 400, { code: 'BAD_REQUEST' }],
    ['/graphql', '{bad', 400, { errors: [{ extensions: { code: 'BAD_REQUEST' } }] }],
    ['/graphql', `"${'x'.repeat(200_000)}"`, 413, { errors: [{ extensions: { code: 'TOO_LARGE' } }] }],
  ])('is refused at %s with a code', async (path, body, status, answer) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(server.url + path, { method: 'POST', headers, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(answer);
  });
});

describe('text input', () => {
  it('is stored without invisible characters', async () => {
    const path = await makeSong(folder, 'typed.mp3', 3);
    const song = await uploadSong(client, path, { title: ' Night\u0000\u0007Train\n', artist: '\u0000' });
    expect([song.title, song.artist]).toEqual(['Night Train', null]);
  });

  it('may contain very long words, in a title and in a search', async () => {
    const word = 'la'.repeat(100);
    await uploadSong(client, await makeSong(folder, 'la.mp3', 4), { title: word });
    const found = (search: string) =>
      client.ask<{ songs: { totalCount: number } }>(
        'query ($search: String) { songs(search: $search) { totalCount } }',
        { search },
      );
    expect((await found(word)).songs.totalCount).toBe(1);
    expect((await found('z'.repeat(50_000))).songs.totalCount).toBe(0);
  });
});

it('a song that is queued again has no start time', async () => {
  const { id } = await uploadSong(client, await makeSong(folder, 'anew.mp3', 5));
  const { processSong } = await client.ask<{ processSong: { processing: object } }>(
    'mutation ($id: ID!) { processSong(songId: $id) { processing { state startedAt finishedAt } } }',
    { id },
  );
  expect(processSong.processing).toEqual({ state: 'QUEUED', startedAt: null, finishedAt: null });
});

it('a flood of guessed passwords is refused early, and the administrator can still sign in', async () => {
  const guess = () =>
    new ApiClient(server.url).login(ADMIN.email, 'a wrong guess').catch((error: ApiError) => error.code);
  const codes = new Set(await Promise.all(Array.from({ length: 300 }, guess)));
  expect(codes).toEqual(new Set(['UNAVAILABLE', 'WRONG_CREDENTIALS']));
  await new ApiClient(server.url).login(ADMIN.email, ADMIN.password);
});
