import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import {
  completeUpload,
  createUpload,
  offsetOf,
  patch,
  sendAndStall,
  sendByTus,
  traces,
} from './support/pending-uploads.js';
import { sourcesOf } from './support/songs.js';
import { wavSong } from './support/upload-context.js';
import { tempDir } from './support/temp-dir.js';

const MEBIBYTE = 1024 ** 2;
const folder = tempDir('fixtures');
let path: string;
let dataDir: string;
let server: TestServer;
let client: ApiClient;

beforeAll(async () => {
  path = await wavSong(join(folder, 'long.wav'), 60);
});

beforeEach(async () => {
  dataDir = tempDir('server');
});

afterEach(async () => {
  await server?.close();
});

async function open(env: Record<string, string> = {}): Promise<void> {
  server = await TestServer.start({ WORKER: 'none', ...env }, 'main.js', dataDir);
  client = await server.admin();
}

async function songCount(): Promise<number> {
  return (await client.ask<{ songs: { totalCount: number } }>('{ songs { totalCount } }')).songs.totalCount;
}

const port = () => new URL(server.url).port;

describe('an upload by tus', () => {
  it.each([['kill -9'], ['SIGTERM']])(
    'resumes where it was after %s of the server in its middle',
    async (how) => {
      await open();
      const upload = await createUpload(client, path);
      const sending = sendAndStall(client, upload, (await readFile(path)).subarray(0, 2 * MEBIBYTE));
      const arrived = async () => (await stat(join(dataDir, 'resumable', upload.id))).size;
      await eventually(async () => (await arrived()) > MEBIBYTE);
      await (how === 'kill -9' ? server.kill() : server.close());
      await sending;
      const size = await arrived();
      await open({ PORT: port() });
      expect(await offsetOf(client, upload)).toBe(size);
      const going = sendByTus(client, upload, path);
      await going.whole;
      expect(going.beginnings[0]).toBe(size);
      const song = await completeUpload(client, upload.id);
      const heard = await fetch((await sourcesOf(client, song.id)).fallbackUrl);
      expect(Buffer.from(await heard.arrayBuffer()).equals(await readFile(path))).toBe(true);
    },
  );

  it('is completed after kill -9 during its validation: one song, no leftovers', async () => {
    await open();
    const upload = await createUpload(client, path);
    await sendByTus(client, upload, path).whole;
    const answer = completeUpload(client, upload.id);
    answer.catch(() => undefined);
    await eventually(async () => (await readdir(join(dataDir, 'uploads'), { recursive: true })).length > 1, {
      everyMs: 5,
    });
    await server.kill();
    await expect(answer).rejects.toThrow();
    await open({ PORT: port() });
    const song = await completeUpload(client, upload.id, { allowDuplicate: true });
    expect((await completeUpload(client, upload.id)).id).toBe(song.id);
    expect(await songCount()).toBe(1);
    expect(await readdir(join(dataDir, 'resumable'))).toEqual([]);
  }, 120_000);

  it('gets DISK_FULL while the disk is full, and resumes afterwards', async () => {
    await open();
    const upload = await createUpload(client, path);
    await patch(client, upload, path, 0, MEBIBYTE);
    await server.close();
    await open({ PORT: port(), MIN_FREE_DISK_BYTES: String(Number.MAX_SAFE_INTEGER) });
    await expect(createUpload(client, path)).rejects.toMatchObject({ code: 'DISK_FULL' });
    const refused = await patch(client, upload, path, MEBIBYTE);
    expect([refused.status, refused.text]).toEqual([507, expect.stringContaining('"DISK_FULL"')]);
    await server.close();
    await open({ PORT: port() });
    expect((await patch(client, upload, path, MEBIBYTE)).status).toBe(204);
    await server.close();
    await open({ PORT: port(), MIN_FREE_DISK_BYTES: String(Number.MAX_SAFE_INTEGER) });
    await expect(completeUpload(client, upload.id)).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('received bytes are kept'),
    });
    await server.close();
    await open({ PORT: port() });
    await completeUpload(client, upload.id);
  });

  it('is removed after its expiry when it is never completed, but not while it still arrives', async () => {
    await open({ UPLOAD_EXPIRY_SECONDS: '6' });
    const before = await traces(server, client);
    const abandoned = await createUpload(client, path);
    await patch(client, abandoned, path, 0, MEBIBYTE);
    const slow = await createUpload(client, path);
    let at = 0;
    await eventually(
      async () => {
        expect((await patch(client, slow, path, at, (at += 1000))).status).toBe(204);
        return !(await readdir(join(dataDir, 'resumable'))).includes(abandoned.id);
      },
      { everyMs: 500 },
    );
    await expect(completeUpload(client, abandoned.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(Date.now()).toBeGreaterThan(Date.parse(slow.expiresAt));
    expect(await offsetOf(client, slow)).toBe(at);
    await eventually(async () => (await traces(server, client)) === before);
  });
});
