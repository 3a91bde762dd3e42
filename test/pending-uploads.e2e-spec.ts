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

describe('an upload by tus', () => {
  it('becomes the same song as by uploadSong, playable at once', async () => {
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

  it('is resumed when a restarted client creates it again with the same SHA-256', async () => {
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

  it('is allowed from a web page on another origin (CORS)', async () => {
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
    const allowed = await tusRequest('HEAD', upload.url, client.currentToken, {
      headers: { origin: 'https://studio.example' },
    });
    expect(allowed.headers.get('access-control-allow-origin')).toBe('*');
    expect(allowed.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('upload-offset');
    const refused = await tusRequest('HEAD', upload.url, '', {
      headers: { origin: 'https://studio.example' },
    });
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('passes a proxy without HEAD and PATCH by X-HTTP-Method-Override', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    const over = { 'x-http-method-override': 'PATCH', 'upload-offset': '0' };
    const sent = await tusRequest('POST', upload.url, client.currentToken, {
      headers: { ...over, 'content-type': 'application/offset+octet-stream' },
      body: await readFile(path),
    });
    expect(sent.status).toBe(204);
    const head = await tusRequest('POST', upload.url, client.currentToken, {
      headers: { 'x-http-method-override': 'HEAD' },
    });
    expect(head.headers.get('upload-offset')).toBe(String((await stat(path)).size));
  });
});

describe('completing an upload', () => {
  it('twice returns the same song', async () => {
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

  it('too early answers UPLOAD_INCOMPLETE with the bytes received and keeps them', async () => {
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

  it('by replaceAudioWithUpload replaces the audio once, however often the mutation is sent', async () => {
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

  it('by replaceAudioWithUpload succeeds, also repeatedly, when the song has this audio already', async () => {
    const path = await song();
    const { id } = await uploadSong(client, path);
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    expect((await replace(id, upload)).id).toBe(id);
    expect((await replace(id, upload)).id).toBe(id);
  });

  it('by replaceAudioWithUpload answers CONFLICT when the upload has become another song', async () => {
    const { id } = await uploadSong(client, await song());
    const path = await song();
    const upload = await createUpload(client, path);
    await patch(client, upload, path);
    await completeUpload(client, upload.id);
    await expect(replace(id, upload)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a rejected upload leaves nothing behind, and completing it again gives the same code:', () => {
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

  it('DUPLICATE, with the id of the song that has these bytes', async () => {
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

  it('NOT_FOUND after the client has deleted the upload', async () => {
    const path = await song();
    const before = await traces(server, client);
    const upload = await createUpload(client, path);
    await patch(client, upload, path, 0, 10_000);
    expect((await tusRequest('DELETE', upload.url, client.currentToken)).status).toBe(204);
    expect(await traces(server, client)).toBe(before);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
