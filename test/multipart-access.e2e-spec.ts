import { createHash } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { newAccessToken, newPerson } from './support/account-clients.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventuallyPasses } from './support/eventually.js';
import { codeFrom, part } from './support/raw-upload.js';
import { TestServer } from './support/test-server.js';
import { tempDir } from './support/temp-dir.js';

const NOTHING = '507f1f77bcf86cd799439011';
const UPLOAD = 'mutation Up($file: Upload!) { uploadSong(file: $file) { id } }';
const REPLACE = `mutation Replace($file: Upload!) { replaceAudio(songId: "${NOTHING}", file: $file) { id } }`;
const SONG_COVER = `mutation ($file: Upload!) { setSongArtwork(songId: "${NOTHING}", file: $file) { id } }`;
const ALBUM_COVER = `mutation ($file: Upload!) { setAlbumArtwork(albumId: "${NOTHING}", file: $file) { id } }`;
const NO_SONG = Buffer.from('no song, no picture');
/** More than all buffers between client and server. */
const ANNOUNCED = 20 * 1024 ** 2;

const folder = tempDir('fixtures');
let server: TestServer;
let admin: ApiClient;
let tokens: Record<'UPLOAD' | 'READ' | 'ADMIN' | 'listener' | 'session', string>;
let watchers: FSWatcher[];
/** Names of the files that appeared in the folders of received files, for however short a time. */
const created: string[] = [];

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none', MAX_UPLOAD_BYTES: String(2 * ANNOUNCED) });
  admin = await server.admin();
  const scoped = async (scope: string) => (await newAccessToken(admin, scope)).token;
  tokens = {
    UPLOAD: await scoped('UPLOAD'),
    READ: await scoped('READ'),
    ADMIN: await scoped('ADMIN'),
    listener: (await newPerson(server.url)).token,
    session: admin.currentToken,
  };
  const folders = ['spool', 'uploads'].map(async (name) => {
    const [own] = await readdir(join(server.dataDir, name));
    return join(server.dataDir, name, own!);
  });
  watchers = (await Promise.all(folders)).map((path) =>
    watch(path, (_event, name) => created.push(name ?? '')),
  );
});

beforeEach(() => {
  created.length = 0;
});

afterAll(async () => {
  for (const watcher of watchers ?? []) watcher.close();
  await server?.close();
});

const MAP = part('map', '{"0":["variables.file"]}');
const FILE = '--x\r\ncontent-disposition: form-data; name="0"; filename="a.mp3"\r\n\r\n';
const END = '\r\n--x--\r\n';

/** What comes before the file. */
const fields = (operations: unknown) => part('operations', JSON.stringify(operations)) + MAP;
const asked = (query: string, more: object = {}) => ({ query, variables: { file: null }, ...more });
const hashOf = (query: string) => ({
  persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
});

function open(token: string, bytes: number): ClientRequest {
  const headers = {
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    'apollo-require-preflight': 'true',
    'content-type': 'multipart/form-data; boundary=x',
    'content-length': bytes,
  };
  const sending = request(`${server.url}/graphql`, { method: 'POST', headers, agent: false });
  // It fails when it is destroyed after its response.
  return sending.on('error', () => undefined);
}

/** Sends the first 100 kB of the file, then nothing, and returns the code that is answered all the same. */
async function codeWithoutBody(token: string, head: string): Promise<string> {
  const sending = open(token, ANNOUNCED);
  sending.write(head + FILE);
  sending.write(Buffer.alloc(100_000, 'a'));
  const code = await codeFrom(sending);
  sending.destroy();
  return code;
}

/** Sends a whole body in pieces of a few bytes. */
async function codeOfPieces(token: string, body: Buffer, size: number): Promise<string> {
  const sending = open(token, body.length);
  sending.setNoDelay(true);
  const code = codeFrom(sending);
  for (let at = 0; at < body.length; at += size) {
    sending.write(body.subarray(at, at + size));
    await sleep(1);
  }
  sending.end();
  return code;
}

const whole = (operations: unknown, file = NO_SONG) =>
  Buffer.concat([Buffer.from(fields(operations) + FILE), file, Buffer.from(END)]);
const code = (token: string, operations: unknown) => {
  const body = whole(operations);
  return codeOfPieces(token, body, body.length);
};

/** Whether a file appeared; events come a moment after. */
async function expectNothingKept(): Promise<void> {
  await sleep(200);
  expect(created).toEqual([]);
}

describe('an UPLOAD token', () => {
  it.each<[string, unknown]>([
    ['replaceAudio', asked(REPLACE)],
    ['setSongArtwork', asked(SONG_COVER)],
    ['setAlbumArtwork', asked(ALBUM_COVER)],
    [
      'replaceAudio under an alias',
      asked(
        `mutation ($file: Upload!) { uploadSong: replaceAudio(songId: "${NOTHING}", file: $file) { id } }`,
      ),
    ],
    [
      'replaceAudio after uploadSong',
      asked(
        `mutation ($file: Upload!) { a: uploadSong(file: $file) { id } b: replaceAudio(songId: "${NOTHING}", file: $file) { id } }`,
      ),
    ],
    [
      'replaceAudio in a fragment of a fragment',
      asked(`mutation ($file: Upload!) { ...A }
        fragment A on Mutation { ... on Mutation { ...B } }
        fragment B on Mutation { ... @include(if: true) { replaceAudio(songId: "${NOTHING}", file: $file) { id } } }`),
    ],
    ['replaceAudio, of several operations', asked(`${UPLOAD} ${REPLACE}`, { operationName: 'Replace' })],
    [
      'replaceAudio where a variable includes it',
      asked(
        `mutation ($file: Upload!, $on: Boolean! = true) { replaceAudio(songId: "${NOTHING}", file: $file) @include(if: $on) { id } }`,
      ),
    ],
    ['replaceAudio in a batch', [asked(UPLOAD), asked(REPLACE)]],
    ['deleteSong', asked(`mutation { deleteSong(id: "${NOTHING}") }`)],
  ])('that calls %s is answered FORBIDDEN before its file is sent or kept', async (_what, operations) => {
    expect(await codeWithoutBody(tokens.UPLOAD, fields(operations))).toBe('FORBIDDEN');
    await expectNothingKept();
  });

  it('is refused when operations and file come in one piece, and when they come in pieces of 7 bytes', async () => {
    const body = whole(asked(REPLACE));
    expect(await codeOfPieces(tokens.UPLOAD, body, body.length)).toBe('FORBIDDEN');
    expect(await codeOfPieces(tokens.UPLOAD, body, 7)).toBe('FORBIDDEN');
    await expectNothingKept();
  });

  it.each([
    ['with its file first', FILE + END + fields(asked(UPLOAD))],
    ['with its file before the map', part('operations', JSON.stringify(asked(UPLOAD))) + FILE],
    ['with its map first', MAP + part('operations', JSON.stringify(asked(REPLACE)))],
    ['with another field first', part('a', 'b') + fields(asked(REPLACE))],
    [
      'with the operations twice',
      part('operations', JSON.stringify(asked(UPLOAD))) +
        part('operations', JSON.stringify(asked(REPLACE))) +
        MAP,
    ],
    ['with 3 MB before the operations', `${'a'.repeat(3_000_000)}\r\n${fields(asked(REPLACE))}`],
  ])('%s is refused as malformed, and nothing is kept', async (_what, head) => {
    expect(await codeWithoutBody(tokens.UPLOAD, head)).toBe('BAD_INPUT');
    await expectNothingKept();
  });

  it('that sends only the hash of its document is asked for the document', async () => {
    const persisted = { variables: { file: null }, extensions: hashOf(REPLACE) };
    expect(await code(tokens.session, asked(REPLACE, { extensions: hashOf(REPLACE) }))).toBe('NOT_FOUND');
    await sleep(200);
    created.length = 0;
    expect(await codeWithoutBody(tokens.UPLOAD, fields(persisted))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(await codeWithoutBody(tokens.UPLOAD, fields({ ...persisted, query: null }))).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
    await expectNothingKept();
    expect(await code(tokens.session, persisted)).toBe('NOT_FOUND');
  });

  it.each<[string, unknown]>([
    ['uploadSong', asked(UPLOAD)],
    ['uploadSong, of several operations', asked(`${REPLACE} ${UPLOAD}`, { operationName: 'Up' })],
    [
      'uploadSong where a variable excludes replaceAudio',
      asked(
        `mutation ($file: Upload!, $on: Boolean!) { uploadSong(file: $file) @skip(if: $on) { id }
          replaceAudio(songId: "${NOTHING}", file: $file) @include(if: $on) { id } }`,
        { variables: { file: null, on: false } },
      ),
    ],
    ['uploadSong by its document and its hash', asked(UPLOAD, { extensions: hashOf(UPLOAD) })],
  ])('that calls %s has its file received and checked', async (_what, operations) => {
    expect(await code(tokens.UPLOAD, operations)).toBe('NOT_AUDIO');
    await eventuallyPasses(() => expect(created).not.toEqual([]));
  });

  it('uploads every byte of a song whose body comes in odd pieces', async () => {
    const song = await readFile(await makeSong(folder, 'pieces.mp3', 3));
    expect(await codeOfPieces(tokens.UPLOAD, whole(asked(UPLOAD), song), 1_021)).toBe('OK');
    const sha256 = createHash('sha256').update(song).digest('hex');
    const found = await admin.ask<{ songBySha256: { id: string } | null }>(
      'query ($sha256: String!) { songBySha256(sha256: $sha256) { id } }',
      { sha256 },
    );
    expect(found.songBySha256?.id).toBeTruthy();
  });
});

describe('a client that may not upload', () => {
  it.each([
    ['a listener', 'listener', 'FORBIDDEN'],
    ['a READ token of an administrator', 'READ', 'FORBIDDEN'],
    ['nobody', '', 'UNAUTHENTICATED'],
  ] as const)('(%s) is refused before a byte of the body is sent or kept', async (_who, user, answer) => {
    const sending = open(user && tokens[user], ANNOUNCED);
    sending.flushHeaders();
    expect(await codeFrom(sending)).toBe(answer);
    sending.destroy();
    expect(await codeWithoutBody(user && tokens[user], fields(asked(UPLOAD)))).toBe(answer);
    await expectNothingKept();
  });
});

it.each(['session', 'ADMIN'] as const)(
  'an administrator (%s) may replace audio and set covers',
  async (user) => {
    for (const query of [REPLACE, SONG_COVER, ALBUM_COVER])
      expect(await code(tokens[user], asked(query))).toBe('NOT_FOUND');
  },
);
