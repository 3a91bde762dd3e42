import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { makeSong } from './support/audio-fixtures.js';
import { TestServer } from './support/test-server.js';
import { uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const OPEN_TO_ALL = 0o755;

const folder = tempDir('private');
let server: TestServer;

beforeAll(async () => {
  // Folders with the mode that an earlier version or an operator's mkdir has left.
  for (const name of ['', 'database', 'redis']) {
    await mkdir(join(folder, 'data', name), { recursive: true });
    await chmod(join(folder, 'data', name), OPEN_TO_ALL);
  }
  // Always embedded services, whatever the suite runs against: this tests the modes of their files.
  server = await TestServer.start(
    { WORKER: 'none', MONGODB_URI: '', REDIS_URL: '' },
    'main.js',
    join(folder, 'data'),
  );
  await uploadSong(await server.admin(), await makeSong(folder, 'private.mp3', 3));
});

afterAll(async () => {
  await server?.close();
});

it.each(['', 'database', 'redis'])(
  'DATA_DIR/%s: a start removes the permissions of other accounts from an existing folder',
  async (name) => {
    const { mode } = await stat(join(server.dataDir, name));
    expect(mode & 0o777).toBe(0o700);
  },
);

it('after a start and an upload, other accounts can read only media in DATA_DIR', async () => {
  const names = await readdir(server.dataDir, { recursive: true });
  const modes = await Promise.all(
    names.map(async (name) => [name, (await stat(join(server.dataDir, name))).mode & 0o077]),
  );
  expect(names).toContain(join('database', 'data.mdb'));
  const open = modes.filter(([, mode]) => mode !== 0);
  expect(open.filter(([name]) => !/^media(\/|$)/.test(String(name)))).toEqual([]);
  expect(new Set(open.map(([, mode]) => mode))).toEqual(new Set([0o055, 0o044]));
});

it('the server and its child processes run with umask 0077', async () => {
  const tasks = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
  const pids = [server.pid, ...tasks.trim().split(' ').map(Number)];
  const masks = await Promise.all(
    pids.map(async (pid) => /^Umask:\s*(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]),
  );
  expect(pids.length).toBeGreaterThanOrEqual(3);
  expect(new Set(masks)).toEqual(new Set(['0077']));
});
