import { readdir, readFile, readlink, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { ffmpeg, makeSong } from './support/audio-fixtures.js';
import { eventuallyPasses } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { completeUpload, createUpload, sendByTus } from './support/pending-uploads.js';
import { SmallDisk } from './support/small-disk.js';
import { uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('full');
let server: TestServer;
let client: ApiClient;
const disks = new Map<string, SmallDisk>();

beforeAll(async () => {
  for (const name of ['spool', 'uploads', 'resumable'])
    disks.set(name, await SmallDisk.mount(join(folder, 'data', name), 8));
  server = await TestServer.start({ WORKER: 'none' }, 'main.js', join(folder, 'data'));
  client = await server.admin();
});

afterEach(() => Promise.all([...disks.values()].map((disk) => disk.freeSpace())));

afterAll(async () => {
  await server?.close();
  for (const disk of disks.values()) await disk.unmount();
});

/** Files below DATA_DIR's folder `name` that the server has open. */
async function openFiles(name: string): Promise<string[]> {
  const fds = `/proc/${server.pid}/fd`;
  const paths = await Promise.all(
    (await readdir(fds)).map((fd) => readlink(join(fds, fd)).catch(() => 'closed meanwhile')),
  );
  return paths.filter((path) => path.startsWith(join(server.dataDir, name)));
}

/** Files of uploads that remain in this process's folder of `name`. */
const leftIn = async (name: string) =>
  (await readdir(join(server.dataDir, name), { recursive: true })).filter((path) => path.includes('/'));

const setArtwork = (songId: string, path: string) =>
  client.upload(
    'mutation ($id: ID!, $file: Upload!) { setSongArtwork(songId: $id, file: $file) { id } }',
    path,
    {
      id: songId,
    },
  );

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  );

describe('an upload to a disk without a free byte', () => {
  it.each([
    ['spool', 20],
    ['uploads', 21],
  ])(
    'is refused at once in the folder "%s", leaves no file, and succeeds when there is space',
    async (name, seconds) => {
      const path = await makeSong(folder, `${name}.mp3`, seconds);
      await disks.get(name)!.fill();
      const codes = await Promise.all(Array.from({ length: 4 }, () => code(uploadSong(client, path))));
      expect(codes).toEqual(Array(4).fill('DISK_FULL'));
      await eventuallyPasses(async () =>
        expect([await openFiles(name), await leftIn(name)]).toEqual([[], []]),
      );
      await disks.get(name)!.freeSpace();
      expect(await code(uploadSong(client, path))).toBe('accepted');
    },
    60_000,
  );

  it('is refused for a cover too', async () => {
    const song = await uploadSong(client, await makeSong(folder, 'cover.mp3', 5));
    const picture = join(folder, 'cover.png');
    await ffmpeg(['-f', 'lavfi', '-i', 'testsrc=s=800x800', '-frames:v', '1', picture]);
    await disks.get('spool')!.fill();
    expect(await code(setArtwork(song.id, picture))).toBe('DISK_FULL');
    await disks.get('spool')!.freeSpace();
    expect(await code(setArtwork(song.id, picture))).toBe('accepted');
  });

  it('gets DISK_FULL over tus and continues from its offset when there is space', async () => {
    const path = await makeSong(folder, 'resumed.mp3', 60);
    const upload = await createUpload(client, path, { protocol: 'TUS' });
    await disks.get('resumable')!.fill();
    const answer: unknown = await sendByTus(client, upload, path).whole.catch((error: unknown) => error);
    const { originalResponse } = answer as { originalResponse: { getStatus(): number; getBody(): string } };
    expect([originalResponse.getStatus(), originalResponse.getBody()]).toEqual([507, expect.anything()]);
    expect(JSON.parse(originalResponse.getBody())).toMatchObject({ code: 'DISK_FULL' });
    await eventuallyPasses(async () => expect(await openFiles('resumable')).toEqual([]));
    await disks.get('resumable')!.freeSpace();
    await sendByTus(client, upload, path).whole;
    const arrived = await readFile(join(server.dataDir, 'resumable', upload.id));
    expect(arrived.equals(await readFile(path))).toBe(true);
    expect((await completeUpload(client, upload.id)).id).toBeTruthy();
  });
});

it('an upload that cannot be spooled for another reason is refused at once with a transient error', async () => {
  const [own] = await readdir(join(server.dataDir, 'spool'));
  const spool = join(server.dataDir, 'spool', own!);
  const path = await makeSong(folder, 'elsewhere.mp3', 6);
  await rename(spool, `${spool}.away`);
  expect(await code(uploadSong(client, path))).toBe('UNAVAILABLE');
  await rename(`${spool}.away`, spool);
  expect(await code(uploadSong(client, path))).toBe('accepted');
});
