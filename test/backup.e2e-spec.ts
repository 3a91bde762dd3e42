import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkBackup } from '../src/maintenance/backup/backup-check.js';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong, run } from './support/audio-fixtures.js';
import { runCommand, startCommand } from './support/command.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { S3TestServer } from './support/s3-server.js';
import { deleteSong } from './support/song-edits.js';
import { ready, uploadSong } from './support/songs.js';
import { failuresOf } from './support/song-playback.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('backup');
let server: TestServer;
let api: ApiClient;
let songId: string;
const env = (name: string) => ({ DATA_DIR: join(folder, name) });

beforeAll(async () => {
  server = await TestServer.start({}, 'main.js', join(folder, 'data'));
  api = await server.admin();
  songId = (await uploadSong(api, await makeSong(folder, '1.mp3', 8 + 1))).id;
  await ready(api, songId, 120);
  await api.ask('mutation { createPlaylist(input: { title: "Evening" }) { id } }');
}, 180_000);
afterAll(async () => {
  await server?.close();
});

/** SHA-256 of every file below a folder, by path. */
async function contents(of: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(of, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.incoming')) continue;
    const path = join(entry.parentPath, entry.name);
    found[path.slice(of.length)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return found;
}

it('restore refuses a folder without a finished backup', async () => {
  const { code, output } = await runCommand('restore', ['--from', join(folder, 'nothing')], env('empty'));
  expect(code).toBe(1);
  expect(output).toMatch(/There is no finished backup in this folder/);
});

it('backup and restore refuse folders with foreign files: pictures, the data folder, media of a server', async () => {
  const usb = join(folder, 'usb');
  await mkdir(join(usb, 'media'), { recursive: true });
  await writeFile(join(usb, 'media/holiday.mp4'), 'mine');
  const media = await contents(join(folder, 'data/media'));
  const [pictures, service, next] = await Promise.all([
    runCommand('backup', ['--to', usb], env('data')),
    runCommand('backup', ['--to', join(folder, 'data')], env('data')),
    runCommand('restore', ['--from', usb], env('usb')),
  ]);
  expect(pictures.output).toMatch(/The backup failed: .+ is no backup and not empty \(it has media\)/);
  expect(service.output).toMatch(/The backup failed: .+ lies in the folder of the service/);
  expect(next.output).toMatch(/The restore failed: The backup must not lie where the service would keep/);
  expect([pictures.code, service.code, next.code]).toEqual([1, 1, 1]);
  expect(Object.keys(await contents(usb))).toEqual(['/media/holiday.mp4']);
  expect(await contents(join(folder, 'data/media'))).toEqual(media);
}, 60_000);

it('a killed backup continues at the next run, and a second backup copies only new files', async () => {
  const to = join(folder, 'backup');
  const first = startCommand('backup', ['--to', to], env('data'));
  const files = async () => (await readdir(join(to, 'media'), { recursive: true }).catch(() => [])).length;
  while ((await files()) < 5) await sleep(10);
  first.child.kill('SIGKILL');
  await first.ended;
  const again = await runCommand('backup', ['--to', to], env('data'));
  expect(again.output).toMatch(/documents +\d+ in \d+ collections/);
  expect(again.code).toBe(0);
  const third = await runCommand('backup', ['--to', to], env('data'));
  expect(third.output).toMatch(/; 0 of them \(0 MB\) were new/);
  expect(await readdir(join(to, 'media'))).toEqual(['songs']);
  expect((await runCommand('backup', ['--to', to, '--check'])).output).toMatch(/is whole/);
}, 90_000);

it('a backup taken during changes restores all songs, accounts and playlists into an empty server', async () => {
  const to = join(folder, 'busy');
  const doomed = (await uploadSong(api, await makeSong(folder, '2.mp3', 4))).id;
  await ready(api, doomed, 120);
  const backup = startCommand('backup', ['--to', to], env('data'));
  const uploading = uploadSong(api, await makeSong(folder, '3.mp3', 5));
  await deleteSong(api, doomed);
  const uploaded = (await uploading).id;
  expect((await backup.ended).code).toBe(0);
  // The tests below need a backup without any difference to the library.
  await ready(api, uploaded, 120);

  const restored = await runCommand('restore', ['--from', to], env('second'));
  expect(restored.output).toMatch(/is restored/);
  expect(restored.code).toBe(0);
  const media = await contents(join(folder, 'second/media'));
  expect(media).toEqual(await contents(join(to, 'media')));
  expect(Object.keys(media).length).toBeGreaterThan(10);

  const second = await TestServer.start(
    { ADMIN_PASSWORD: 'another password' },
    'main.js',
    join(folder, 'second'),
  );
  try {
    const client = await second.admin().catch(() => undefined);
    expect(client).toBeDefined();
    const { songs, myPlaylists } = await client!.ask<Record<'songs' | 'myPlaylists', Titles>>(
      '{ songs(first: 10) { edges { node { id } } } myPlaylists(first: 5) { edges { node { title } } } }',
    );
    const ids = songs.edges.map(({ node }) => node.id!);
    expect(ids).toContain(songId);
    for (const id of ids) {
      // A song that was still being transcoded is transcoded by the new server.
      await ready(client!, id, 120);
      expect({ id, failures: await failuresOf(client!, id) }).toEqual({ id, failures: [] });
    }
    expect(myPlaylists.edges.map(({ node }) => node.title)).toEqual(['Evening']);
    expect(ADMIN.password).not.toBe('another password');
  } finally {
    await second.close();
  }
  // The restored library is the same library, so its backup continues in the same folder.
  const onwards = await runCommand('backup', ['--to', to], env('second'));
  expect(onwards.output).toMatch(/documents +\d+ in \d+ collections/);
  expect(onwards.code).toBe(0);
}, 240_000);

interface Titles {
  edges: { node: { id?: string; title?: string } }[];
}

it('restore refuses a data folder that is not empty', async () => {
  const { code, output } = await runCommand('restore', ['--from', join(folder, 'backup')], env('second'));
  expect(code).toBe(1);
  expect(output).toMatch(/The database is not empty .+ nothing was changed\./);
});

it('backup refuses to replace a backup by an empty library, as a mistyped DATA_DIR would', async () => {
  const to = join(folder, 'backup');
  const before = await contents(to);
  const { code, output } = await runCommand('backup', ['--to', to], env('mistyped'));
  expect(output).toMatch(/The database is empty, .+ nothing was changed\./);
  expect(code).toBe(1);
  expect(await contents(to)).toEqual(before);
}, 60_000);

it('backup refuses to replace the backup of another library', async () => {
  const to = join(folder, 'backup');
  const before = await contents(to);
  await (await TestServer.start({}, 'main.js', join(folder, 'neighbour'))).close();
  const { code, output } = await runCommand('backup', ['--to', to], env('neighbour'));
  expect(output).toMatch(/The backup failed: .+ has the backup of another library, .+ nothing was changed\./);
  expect(code).toBe(1);
  expect(await contents(to)).toEqual(before);
}, 60_000);

describe('backup on a full disk', () => {
  const FULL =
    /The backup failed: The disk of the backup is full\. Free some space there, .+ the backup before still holds\./;
  const to = () => join(folder, 'backup');
  const holds = async () => (await checkBackup(to())).id;

  it('fails with a sentence when a file does not fit, and the earlier backup stays valid', async () => {
    const before = await holds();
    // The kernel refuses larger files with EFBIG; a quota would say EDQUOT.
    const limited = [
      '--fsize=100000',
      process.execPath,
      join(process.env.DIST_DIR ?? 'dist', 'cli/backup.js'),
    ];
    const { code, stderr } = await run('prlimit', [...limited, '--to', to()], {
      env: { PATH: process.env.PATH, ...env('data') },
    }).then(
      () => ({ code: 0, stderr: '' }),
      (error: { code: number; stderr: string }) => error,
    );
    expect(stderr).toMatch(FULL);
    expect(code).toBe(1);
    expect(await holds()).toBe(before);
  }, 120_000);

  it('fails with a sentence when the last byte does not fit, and continues when there is space', async () => {
    const before = await holds();
    // Every write there fails with ENOSPC.
    const unfinished = join(to(), 'manifest.json.unfinished');
    await symlink('/dev/full', unfinished);
    const { code, output } = await runCommand('backup', ['--to', to()], env('data'));
    expect(output).toMatch(FULL);
    expect(code).toBe(1);
    expect(await holds()).toBe(before);
    await rm(unfinished);
    const again = await runCommand('backup', ['--to', to()], env('data'));
    expect(again.output).toMatch(/; 0 of them \(0 MB\) were new/);
    expect(again.code).toBe(0);
    expect(await holds()).not.toBe(before);
  }, 120_000);
});

it('a restore into a bucket that is killed half-way continues at the next run', async () => {
  const s3 = await S3TestServer.start();
  try {
    const settings = { ...s3.env(), STORAGE: 's3' };
    const args = ['--from', join(folder, 'backup')];
    const refused = await runCommand('restore', args, {
      ...env('bucket'),
      ...settings,
      S3_SECRET_ACCESS_KEY: 'not the secret',
    });
    expect(refused.output).toMatch(/The restore failed: .*(key|credential|secret)/i);
    expect(refused.code).toBe(1);

    const first = startCommand('restore', args, { ...env('bucket'), ...settings });
    while ((await s3.keys()).length < 5) await sleep(20);
    first.child.kill('SIGKILL');
    expect((await first.ended).code).toBeNull();
    const again = await runCommand('restore', args, { ...env('bucket'), ...settings });
    expect(again.output).toMatch(/files in s3 \(\d+ were there already\)/);
    expect(again.code).toBe(0);
    expect((await s3.keys()).length).toBe(Object.keys(await contents(join(folder, 'backup/media'))).length);

    const server = await TestServer.start(settings, 'main.js', join(folder, 'bucket'));
    try {
      expect(await failuresOf(await server.admin(), songId)).toEqual([]);
    } finally {
      await server.close();
    }
  } finally {
    await s3.close();
  }
}, 240_000);

it('restore refuses a damaged backup and names the file', async () => {
  const to = join(folder, 'backup');
  const [damaged] = Object.keys(await contents(join(to, 'media')));
  await appendFile(join(to, 'media', damaged!), '!');
  const { code, output } = await runCommand('restore', ['--from', to], env('third'));
  expect(code).toBe(1);
  expect(output).toContain(`media${damaged} is not as it was written`);
  expect(await readdir(join(folder, 'third')).catch(() => [])).toEqual([]);
});
