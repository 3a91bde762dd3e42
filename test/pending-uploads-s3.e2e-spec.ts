import { openAsBlob } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeTaggedSong } from './support/audio-fixtures.js';
import { FaultyConnection } from './support/faulty-connection.js';
import { eventually } from './support/eventually.js';
import type { TestServer } from './support/test-server.js';
import { completeUpload, createUpload, type TestUpload } from './support/pending-uploads.js';
import { S3TestServer } from './support/s3-server.js';
import { sourcesOf } from './support/songs.js';
import { UploadTestContext } from './support/upload-context.js';

let store: S3TestServer;
let connection: FaultyConnection;
let server: TestServer;
let client: ApiClient;
let folder: string;
let context: UploadTestContext;
const song = (): Promise<string> => context.song(4);

beforeAll(async () => {
  store = await S3TestServer.start();
  connection = await FaultyConnection.to(store.endpoint);
  const settings = { STORAGE: 's3', ...store.env(connection.url) };
  context = await UploadTestContext.open({ UPLOAD_EXPIRY_SECONDS: '20', ...settings });
  ({ server, client, folder } = context);
});

afterAll(async () => {
  await context?.close();
  await connection?.close();
  await store?.close();
});

/** Sends the given headers like a browser: fetch adds Content-Length itself. */
const put = async ({ url, headers }: TestUpload, body: Blob) =>
  fetch(url, {
    method: 'PUT',
    headers: Object.fromEntries(
      headers
        .filter(({ name }) => name.toLowerCase() !== 'content-length')
        .map(({ name, value }) => [name, value]),
    ),
    body,
  });

async function keys(): Promise<string[]> {
  const { Contents } = await store.ask((s3) => s3.send(new ListObjectsV2Command({ Bucket: store.bucket })));
  return (Contents ?? []).map(({ Key }) => Key!).sort();
}

describe('an upload by presigned PUT to S3', () => {
  it('becomes a song without its bytes passing through the API', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    expect(upload.protocol).toBe('PUT');
    expect(upload.url.startsWith(connection.url)).toBe(true);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });
    expect((await put(upload, await openAsBlob(path))).status).toBe(200);
    // The uploaded object is not served under /media.
    const key = (await keys()).find((name) => name.startsWith('incoming/'))!;
    expect((await fetch(`${server.url}/media/${key}`)).status).toBe(404);
    const stored = await store.ask((s3) =>
      s3.send(new HeadObjectCommand({ Bucket: store.bucket, Key: key })),
    );
    expect(stored.CacheControl).toBe('private, no-store');
    const taken = await completeUpload(client, upload.id);
    expect((await completeUpload(client, upload.id)).id).toBe(taken.id);
    expect((await keys()).filter((name) => name.startsWith('incoming/'))).toEqual([]);
    const heard = await fetch((await sourcesOf(client, taken.id)).fallbackUrl);
    expect(Buffer.from(await heard.arrayBuffer()).equals(await readFile(path))).toBe(true);
  });

  it('is refused by the store itself when its length differs from the announced one', async () => {
    const path = await song();
    const upload = await createUpload(client, path, { bytes: (await stat(path)).size - 1 });
    expect((await put(upload, await openAsBlob(path))).status).toBe(403);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'UPLOAD_INCOMPLETE' });
  });

  it('leaves no object behind when the file is rejected', async () => {
    const before = await keys();
    const words = new Blob(['just words, no sound at all\n'.repeat(200)]);
    const upload = await createUpload(client, await song(), { bytes: words.size });
    expect((await put(upload, words)).status).toBe(200);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'NOT_AUDIO' });
    expect(await keys()).toEqual(before);
  });

  it('is removed after its expiry when it was never completed', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    expect((await put(upload, await openAsBlob(path))).status).toBe(200);
    await eventually(async () => !(await keys()).some((name) => name.startsWith('incoming/')), {
      seconds: 90,
    });
    expect(Date.now()).toBeGreaterThan(Date.parse(upload.expiresAt));
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }, 120_000);

  it('leaves nothing behind when storing its cover fails, and succeeds when it is completed again', async () => {
    const path = await makeTaggedSong(folder);
    const upload = await createUpload(client, path);
    expect((await put(upload, await openAsBlob(path))).status).toBe(200);
    const before = (await keys()).filter((key) => key.startsWith('songs/'));
    connection.inject([403], /^PUT .*artwork-/);
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect((await keys()).filter((key) => key.startsWith('songs/'))).toEqual(before);
    expect((await completeUpload(client, upload.id)).artwork).not.toBeNull();
  });

  it('is replaced by tus when the client asks for protocol TUS', async () => {
    expect((await createUpload(client, await song(), { protocol: 'TUS' })).url).toContain(
      `${server.url}/uploads/`,
    );
  });
});
