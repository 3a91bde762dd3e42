import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { runCommand, startCommand } from './support/command.js';
import { TestServer } from './support/test-server.js';
import { S3TestServer } from './support/s3-server.js';
import { ready, sourcesOf, uploadSong } from './support/songs.js';
import { failuresOf } from './support/song-playback.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('migration');
let s3: S3TestServer;
let server: TestServer;
let api: ApiClient;
let settings: Record<string, string>;
const ids: string[] = [];

beforeAll(async () => {
  s3 = await S3TestServer.start();
  const before = await TestServer.start({}, 'main.js', join(folder, 'data'));
  const admin = await before.admin();
  for (const n of [1, 2, 3])
    ids.push((await uploadSong(admin, await makeSong(folder, `${n}.mp3`, 4 + n))).id);
  for (const id of ids) await ready(admin, id, 120);
  await before.close();
  settings = {
    ...s3.env(),
    STORAGE: 's3',
    STORAGE_FALLBACK: 'local',
    CDN_BASE_URL: 'https://cdn.example.com',
    MEDIA_GRACE_SECONDS: '1',
  };
  server = await TestServer.start(settings, 'main.js', join(folder, 'data'));
  api = await server.admin();
}, 300_000);
afterAll(async () => {
  await server?.close();
  await s3?.close();
});

const migrate = (...args: string[]) =>
  ['migrate/migrate', args, { ...settings, DATA_DIR: join(folder, 'data') }] as const;
const there = ['--from', 'local', '--to', 's3'];

const keysInS3 = (): Promise<string[]> => s3.keys();

async function keysOnDisk(): Promise<string[]> {
  const media = join(folder, 'data/media/songs');
  // The store removes folders that became empty, including this one.
  const found = await readdir(media, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return found.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** The URL with the server's own media endpoint in place of its host. */
const atMediaEndpoint = (url: string): string =>
  url.startsWith('https://cdn.example.com')
    ? url.replace('https://cdn.example.com', `${server.url}/media`)
    : url;

const listen = (id: string): Promise<number[]> => failuresOf(api, id, atMediaEndpoint);

it('migration refuses to start while the service still writes to the old store', async () => {
  const { code, output } = await runCommand('migrate/migrate', there, { DATA_DIR: join(folder, 'data') });
  expect(code).toBe(1);
  expect(output).toMatch(/Set STORAGE=s3 and STORAGE_FALLBACK=local/);
});

it('migration with --dry-run reports what would move, and changes nothing', async () => {
  const { code, output } = await runCommand(...migrate(...there, '--dry-run'));
  expect(output).toMatch(/songs +3\n/);
  expect(output).toMatch(/Nothing was changed/);
  expect(code).toBe(0);
  expect(await keysInS3()).toEqual([]);
});

it('migration that is killed mid-copy and restarted causes no failed request of a listener', async () => {
  let listening = true;
  const failures: number[] = [];
  let rounds = 0;
  const listener = (async () => {
    while (listening) {
      for (const id of ids) failures.push(...(await listen(id)));
      rounds++;
      await sleep(250);
    }
  })();
  const first = startCommand(...migrate(...there, '--max-mbit', '4'));
  while ((await keysInS3()).length < 10) await sleep(50);
  first.child.kill('SIGKILL');
  expect((await first.ended).code).toBeNull();

  // A restarted migration gets the lease when the killed one's has expired: a minute after its last renewal.
  let last = await runCommand(...migrate(...there));
  expect(last.output).toMatch(/Another migration/);
  const until = Date.now() + 120_000;
  for (let pause = 45_000; /Another migration/.test(last.output) && Date.now() < until; pause = 5_000) {
    await sleep(pause);
    last = await runCommand(...migrate(...there));
  }
  listening = false;
  await listener;
  expect(last.output).toMatch(/Everything is in s3 now/);
  expect(last.output).toMatch(/found in place/);
  expect(last.code).toBe(0);
  expect(failures).toEqual([]);
  expect(rounds).toBeGreaterThan(0);
  expect((await keysInS3()).length).toBe((await keysOnDisk()).length);
  for (const id of ids)
    expect((await sourcesOf(api, id)).masterPlaylist).toMatch(/^https:\/\/cdn\.example\.com\/songs/);
}, 240_000);

it('migration with --remove-moved removes the old files, and songs keep playing from the new ones', async () => {
  const { code, output } = await runCommand(...migrate(...there, '--remove-moved'));
  expect(output).toMatch(/removed from local: 6 /);
  expect(code).toBe(0);
  expect(await keysOnDisk()).toEqual([]);
  for (const id of ids) expect(await listen(id)).toEqual([]);
});

it('migration moves a song back from s3 to local with all its files', async () => {
  await server.close();
  settings = { ...settings, STORAGE: 'local', STORAGE_FALLBACK: 's3' };
  server = await TestServer.start(settings, 'main.js', join(folder, 'data'));
  api = await server.admin();
  const { code, output } = await runCommand(...migrate('--from', 's3', '--to', 'local'));
  expect(output).toMatch(/Everything is in local now/);
  expect(code).toBe(0);
  expect((await keysOnDisk()).length).toBe((await keysInS3()).length);
  for (const id of ids) expect(await listen(id)).toEqual([]);
}, 120_000);
