import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong, makeTaggedSong } from './support/audio-fixtures.js';
import { TestServer } from './support/test-server.js';
import {
  completeUpload,
  createUpload,
  offsetOf,
  patch,
  sendByTus,
  traces,
  tusRequest,
  type TestUpload,
} from './support/pending-uploads.js';
import { songOf, sourcesOf, uploadSong } from './support/songs.js';
import { sha256Of, UploadTestContext, wavSong } from './support/upload-context.js';

let server: TestServer;
let client: ApiClient;
let folder: string;
let context: UploadTestContext;
const song = (seconds?: number, name?: string) => context.song(seconds, name);

beforeAll(async () => {
  context = await UploadTestContext.open();
  ({ server, client, folder } = context);
});

afterAll(() => context?.close());

describe('a file sent by tus', () => {
  it('becomes the song that uploadSong would have made of it, playable at once', async () => {
    const path = await makeTaggedSong(folder);
    const upload = await createUpload(client, path);
    expect(upload).toMatchObject({ protocol: 'TUS', headers: [], bytes: (await stat(path)).size });
    expect(upload.url).toBe(`${server.url}/uploads/${upload.id}`);
    expect(Date.parse(upload.expiresAt)).toBeGreaterThan(Date.now() + 23 * 3600_000);
    await sendByTus(client, upload, path).whole;
    const taken = await completeUpload(client, upload.id, { year: 2001 });
    expect(taken).toMatchObject({
      title: 'Jóga',
      artist: 'Björk',
      year: 2001,
      processing: { state: 'QUEUED' },
    });
    const heard = await fetch((await sourcesOf(client, taken.id)).fallbackUrl);
    expect(Buffer.from(await heard.arrayBuffer()).equals(await readFile(path))).toBe(true);
  });

  it('that a client begins again after a restart of its own is handed out again by its SHA-256', async () => {
    const path = await song(8);
    const sha256 = await sha256Of(path);
    const upload = await createUpload(client, path, { sha256 });
    expect((await patch(client, upload, path, 0, 500_000)).status).toBe(204);
    const again = await createUpload(client, path, { sha256 });
    expect({ ...again, expiresAt: '' }).toEqual({ ...upload, expiresAt: '' });
    expect(Date.parse(again.expiresAt)).toBeGreaterThanOrEqual(Date.parse(upload.expiresAt));
    expect(await offsetOf(client, again)).toBe(500_000);
    expect((await patch(client, again, path, 500_000)).status).toBe(204);
    await completeUpload(client, again.id);
  });

  it('may come from a page on another origin', async () => {
    const upload = await createUpload(client, await song());
    const asked = await fetch(upload.url, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://studio.example',
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': 'authorization,tus-resumable,upload-offset,content-type',
      },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(asked.headers.get('access-control-allow-headers')?.toLowerCase()).toMatch(
      /authorization.*upload-offset/,
    );
    expect(asked.headers.get('tus-extension')).toBe('termination');
    const told = await tusRequest('HEAD', upload.url, client.currentToken, {
      headers: { origin: 'https://studio.example' },
    });
    expect(told.headers.get('access-control-allow-origin')).toBe('*');
    expect(told.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('upload-offset');
    const refused = await tusRequest('HEAD', upload.url, '', {
      headers: { origin: 'https://studio.example' },
    });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('may come through a proxy that knows neither HEAD nor PATCH', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    const over = { 'x-http-method-override': 'PATCH', 'upload-offset': '0' };
    const sent = await tusRequest('POST', upload.url, client.currentToken, {
      headers: { ...over, 'content-type': 'application/offset+octet-stream' },
      body: await readFile(path),
    });
    expect(sent.status).toBe(204);
    const told = await tusRequest('POST', upload.url, client.currentToken, {
      headers: { 'x-http-method-override': 'HEAD' },
    });
    expect(told.headers.get('upload-offset')).toBe(String((await stat(path)).size));
  });
});

describe('completing', () => {
  it('twice gives the same song', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    const first = await completeUpload(client, upload.id);
    expect((await completeUpload(client, upload.id)).id).toBe(first.id);
    expect((await completeUpload(client, upload.id, { allowDuplicate: true })).id).toBe(first.id);
  });

  it('eight times at once makes one song', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    const songs = await Promise.all(
      Array.from({ length: 8 }, () => completeUpload(client, upload.id, { allowDuplicate: true })),
    );
    expect(new Set(songs.map(({ id }) => id)).size).toBe(1);
  });

  it('too early says how much is there, and what is there stays', async () => {
    const path = await song();
    const bytes = (await stat(path)).size;
    const upload = await createUpload(client, path);
    const early = () => completeUpload(client, upload.id);
    await expect(early()).rejects.toMatchObject({
      code: 'UPLOAD_INCOMPLETE',
      details: { receivedBytes: 0, bytes },
    });
    await patch(client, upload, path, 0, 1000);
    await expect(early()).rejects.toMatchObject({
      code: 'UPLOAD_INCOMPLETE',
      details: { receivedBytes: 1000 },
    });
    await patch(client, upload, path, 1000);
    await completeUpload(client, upload.id);
  });

  const replace = async (songId: string, { id }: TestUpload) => {
    const { replaceAudioWithUpload } = await client.ask<{
      replaceAudioWithUpload: { id: string; durationSeconds: number };
    }>(
      'mutation ($song: ID!, $upload: ID!) { replaceAudioWithUpload(songId: $song, uploadId: $upload) { id durationSeconds } }',
      { song: songId, upload: id },
    );
    return replaceAudioWithUpload;
  };

  it('gives a song new audio, once, however often it is asked', async () => {
    const old = await uploadSong(client, await song());
    const path = await song(5);
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    const replaced = await replace(old.id, upload);
    expect(replaced.id).toBe(old.id);
    expect(replaced.durationSeconds).toBeGreaterThan(5);
    expect(await replace(old.id, upload)).toEqual(replaced);
    expect((await songOf(client, old.id)).processing.attempt).toBe(1);
  });

  it('gives a song the audio it has, however often it is asked', async () => {
    const path = await song();
    const { id } = await uploadSong(client, path);
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    expect((await replace(id, upload)).id).toBe(id);
    expect((await replace(id, upload)).id).toBe(id);
  });

  it('says CONFLICT to whom wanted it for a song when it has become another', async () => {
    const { id } = await uploadSong(client, await song());
    const path = await song();
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    await completeUpload(client, upload.id);
    await expect(replace(id, upload)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a refused file leaves nothing behind and says why, also to whom the answer did not reach', () => {
  it.each<[string, (path: string) => Promise<unknown>, object]>([
    ['NOT_AUDIO', (path) => writeFile(path, 'just words, no sound at all\n'.repeat(200)), {}],
    [
      'TRUNCATED',
      async (path) =>
        writeFile(path, (await readFile(await makeSong(folder, 'song.flac', 20))).subarray(0, 200_000)),
      {},
    ],
    [
      'TOO_SHORT',
      async (path) => writeFile(path, await readFile(await makeSong(folder, 'blip.mp3', 0.4))),
      {},
    ],
    ['CHECKSUM_MISMATCH', (path) => wavSong(path, 2.5), { sha256: '0'.repeat(64) }],
  ])('%s', async (code, make, more) => {
    const path = join(folder, `${code}.wav`);
    await make(path);
    const before = await traces(server, client);
    const upload = await createUpload(client, path, more);
    await sendByTus(client, upload, path).whole;
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code });
    expect(await traces(server, client)).toBe(before);
    expect((await tusRequest('HEAD', upload.url, client.currentToken)).status).toBe(404);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code });
  });

  it('DUPLICATE', async () => {
    const path = await song();
    const { id } = await uploadSong(client, path);
    const before = await traces(server, client);
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({
      code: 'DUPLICATE',
      details: { songId: id },
    });
    expect(await traces(server, client)).toBe(before);
  });

  it('and so does one the client gives up', async () => {
    const path = await song();
    const before = await traces(server, client);
    const upload = await createUpload(client, path);
    await patch(client, upload, path, 0, 10_000);
    expect((await tusRequest('DELETE', upload.url, client.currentToken)).status).toBe(204);
    expect(await traces(server, client)).toBe(before);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
