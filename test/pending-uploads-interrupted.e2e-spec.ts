import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { eventually } from './support/eventually.js';
import type { TestServer } from './support/test-server.js';
import { BreakingConnection } from './support/breaking-connection.js';
import {
  completeUpload,
  createUpload,
  offsetOf,
  patch,
  sendAndStall,
  sendByTus,
  type TestUpload,
} from './support/pending-uploads.js';
import { sourcesOf } from './support/songs.js';
import { UploadTestContext } from './support/upload-context.js';

const MEBIBYTE = 1024 ** 2;
let server: TestServer;
let client: ApiClient;
let context: UploadTestContext;

beforeAll(async () => {
  context = await UploadTestContext.open({});
  ({ server, client } = context);
});

afterAll(() => context?.close());

/** 30 s, 5.3 MB; all songs differ. */
const song = (): Promise<string> => context.song(30);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Completes the upload and hashes the bytes that a listener gets. */
async function sha256OfSong(upload: TestUpload): Promise<string> {
  const { id } = await completeUpload(client, upload.id);
  const heard = await fetch((await sourcesOf(client, id)).fallbackUrl);
  return sha256(Buffer.from(await heard.arrayBuffer()));
}

describe('a tus upload over an unreliable connection', () => {
  it('resumes at the offset that has arrived, and no byte is sent twice', async () => {
    const path = await song();
    const upload = await createUpload(client, path);
    const first = sendByTus(client, upload, path);
    await eventually(async () => first.sent() > 2 * MEBIBYTE, { everyMs: 2 });
    await first.client.abort();
    const arrived = await offsetOf(client, upload);
    expect(arrived).toBeGreaterThanOrEqual(MEBIBYTE);
    const second = sendByTus(client, upload, path);
    await second.whole;
    expect(second.beginnings[0]).toBe(arrived);
    expect(await sha256OfSong(upload)).toBe(sha256(await readFile(path)));
  });

  it('gets a final offset after each of 25 interruptions: late bytes of a broken request do not move it', async () => {
    const path = await song();
    const file = await readFile(path);
    const upload = await createUpload(client, path);
    const connection = new BreakingConnection(client, upload);
    let at = 0;
    for (let breaks = 0; breaks < 25; breaks++) {
      await connection.send(file.subarray(at, at + 150_000), at);
      const stated = await offsetOf(client, upload);
      if (breaks % 5 === 0) {
        await sleep(500);
        expect(await offsetOf(client, upload)).toBe(stated);
      }
      const next = stated + 10_000;
      expect((await patch(client, upload, path, stated, next)).headers.get('upload-offset')).toBe(
        String(next),
      );
      at = next;
    }
    expect((await patch(client, upload, path, at)).status).toBe(204);
    expect(await sha256OfSong(upload)).toBe(sha256(file));
  });

  it('stops the earlier of two simultaneous requests, and the later one resumes at its offset', async () => {
    const path = await song();
    const bytes = (await stat(path)).size;
    const upload = await createUpload(client, path);
    const file = await readFile(path);
    // A connection that has stalled: the server has half of the request and waits for the rest.
    const stalled = sendAndStall(client, upload, file.subarray(0, MEBIBYTE));
    await eventually(async () => {
      const { size } = await stat(join(server.dataDir, 'resumable', upload.id));
      return size > 0;
    });
    const offset = await offsetOf(client, upload);
    expect(offset).toBe(MEBIBYTE);
    expect((await patch(client, upload, path, 0, 1000)).status).toBe(409);
    expect((await patch(client, upload, path, offset)).headers.get('upload-offset')).toBe(String(bytes));
    await stalled;
    const taken = await completeUpload(client, upload.id);
    const heard = await fetch((await sourcesOf(client, taken.id)).fallbackUrl);
    expect(Buffer.from(await heard.arrayBuffer()).equals(file)).toBe(true);
  });
});
