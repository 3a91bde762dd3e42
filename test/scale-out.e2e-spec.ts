import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { ADMIN, eventually, TestServer } from './support/test-server.js';
import { descendants, encoders, runs } from './support/process-tree.js';
import { reached, ready, songOf, sourcesOf, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';

/** Quick to notice what was lost. */
const ALERT = { HEARTBEAT_TIMEOUT_SECONDS: '3', SWEEP_SECONDS: '1' };
/** With its embedded services, whatever the suite runs against. */
const WHOLE = { MONGODB_URI: '', REDIS_URL: '' };
const LONG_SONG_SECONDS = 90;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fixtures-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function generationsOnDisk(dataDir: string, songId: string): Promise<string[]> {
  const entries = await readdir(join(dataDir, 'media', 'songs', songId));
  return entries.filter((name) => name.startsWith('g'));
}

async function staged(dataDir: string): Promise<string[]> {
  const entries = await readdir(join(dataDir, 'staging'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('two API processes and a worker on one database and one Redis', () => {
  let services: SharedServices;
  let dataDir: string;
  let first: TestServer;
  let second: TestServer;
  let worker: TestServer;

  const openWorker = () => TestServer.start({ ...services.env, ...ALERT }, 'worker.js', dataDir);

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'shared-server-'));
    services = await startSharedServices();
    [first, second, worker] = await Promise.all([
      TestServer.start({ ...services.env, WORKER: 'none' }, 'main.js', dataDir),
      TestServer.start({ ...services.env, WORKER: 'none' }, 'main.js', dataDir),
      openWorker(),
    ]);
  });

  afterAll(async () => {
    await Promise.all([first?.close(), second?.close(), worker?.close()]);
    await services?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('a session opened on one is good on the other', async () => {
    const admin = await first.admin();
    const same = new ApiClient(second.url, admin.currentToken);
    await expect(
      same.ask('mutation { processSong(songId: "507f1f77bcf86cd799439011") { id } }'),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a publish is seen by listeners of both within a second', async () => {
    const admin = await first.admin();
    const { id } = await uploadSong(admin, await makeSong(folder, 'seen.mp3', 20));
    const listeners = [new ApiClient(first.url), new ApiClient(second.url)];
    const seenAt: number[] = [];
    let readyAt = 0;
    // Both ask all the time, so both hold the unpublished answer in memory when the publish comes.
    const watch = async (listener: ApiClient, i: number) =>
      eventually(
        async () => {
          const { hlsAvailable } = await sourcesOf(listener, id);
          if (hlsAvailable) seenAt[i] = Date.now();
          return hlsAvailable;
        },
        { everyMs: 20 },
      );
    const truth = eventually(
      async () => {
        const { processing } = await songOf(admin, id);
        if (processing.state === 'READY') readyAt = Date.now();
        return processing.state === 'READY';
      },
      { everyMs: 20 },
    );
    await Promise.all([truth, ...listeners.map(watch)]);
    for (const at of seenAt) expect(at - readyAt).toBeLessThan(1000);
    const [one, other] = await Promise.all(listeners.map((listener) => sourcesOf(listener, id)));
    expect(one!.generation).toBe(other!.generation);
  });

  it('a worker killed in the middle of a song costs time, never the song, and leaves nothing behind', async () => {
    const admin = await first.admin();
    const { id } = await uploadSong(
      admin,
      await makeSong(folder, 'long.flac', LONG_SONG_SECONDS, ['-c:a', 'flac']),
    );
    await eventually(
      async () => (await songOf(admin, id)).processing.percent > 5 && (await encoders(dataDir)).length > 0,
    );
    await worker.kill();
    await eventually(async () => (await encoders(dataDir)).length === 0, { seconds: 3 });
    expect((await songOf(admin, id)).processing.state).toBe('TRANSCODING');

    worker = await openWorker();
    const song = await ready(admin, id, 90);
    expect(song.processing.attempt).toBe(2);
    expect(song.generations).toHaveLength(1);
    await eventually(async () => (await staged(dataDir)).length === 0);
    await eventually(async () => (await generationsOnDisk(dataDir, id)).length === 1);
    expect(await generationsOnDisk(dataDir, id)).toEqual([song.publishedGeneration]);
  }, 180_000);

  it('a worker that is asked to stop hands its song back, and the next one finishes it as the same attempt', async () => {
    const admin = await first.admin();
    const { id } = await uploadSong(
      admin,
      await makeSong(folder, 'handed.flac', LONG_SONG_SECONDS + 1, ['-c:a', 'flac']),
    );
    await eventually(async () => (await encoders(dataDir)).length > 0);
    await worker.close();
    expect(await encoders(dataDir)).toEqual([]);
    expect((await songOf(admin, id)).processing).toMatchObject({ state: 'QUEUED', attempt: 1, error: null });
    worker = await openWorker();
    expect((await ready(admin, id, 90)).processing.attempt).toBe(1);
    await eventually(async () => (await generationsOnDisk(dataDir, id)).length === 1);
  }, 180_000);

  it('a flushed Redis loses no song', async () => {
    const admin = await first.admin();
    await worker.close();
    const { id } = await uploadSong(admin, await makeSong(folder, 'flushed.mp3', 6));
    const { Redis } = await import('ioredis');
    const redis = new Redis(services.env.REDIS_URL);
    await redis.flushall();
    await redis.quit();
    worker = await openWorker();
    await ready(admin, id, 60);
  }, 90_000);

  it('a broken off worker gives up a song after its last attempt, and says so', async () => {
    const admin = await first.admin();
    await worker.close();
    worker = await TestServer.start(
      { ...services.env, ...ALERT, TRANSCODE_ATTEMPTS: '1' },
      'worker.js',
      dataDir,
    );
    const { id } = await uploadSong(
      admin,
      await makeSong(folder, 'doomed.flac', LONG_SONG_SECONDS + 2, ['-c:a', 'flac']),
    );
    await eventually(async () => (await encoders(dataDir)).length > 0);
    await worker.kill();
    worker = await TestServer.start(
      { ...services.env, ...ALERT, TRANSCODE_ATTEMPTS: '1' },
      'worker.js',
      dataDir,
    );
    const { processing } = await reached(admin, id, 'FAILED', 60);
    expect(processing.error).toMatchObject({ code: 'WORKER_LOST', retryable: true });
    await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id });
    await ready(admin, id, 90);
  }, 180_000);
});

describe('the whole server', () => {
  it('killed right after an upload was acknowledged, has the song when it comes back, and finishes it', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'killed-server-'));
    let server = await TestServer.start({ ...ALERT, ...WHOLE }, 'main.js', dataDir);
    try {
      const path = await makeSong(folder, 'acknowledged.mp3', 30);
      const { id } = await uploadSong(await server.admin(), path);
      const family = await descendants(server.pid);
      expect(family.length).toBeGreaterThan(0);
      await server.kill();
      await eventually(
        async () => (await Promise.all(family.map(({ pid }) => runs(pid)))).every((alive) => !alive),
        { seconds: 5 },
      );

      server = await TestServer.start({ ...ALERT, ...WHOLE }, 'main.js', dataDir);
      const song = await ready(await server.admin(), id, 60);
      expect(song.title).toBe('acknowledged');
      await eventually(async () => (await staged(dataDir)).length === 0);
      await eventually(async () => (await generationsOnDisk(dataDir, id)).length === 1);
    } finally {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 120_000);

  it('asked to stop, is gone within seconds and leaves no process behind', async () => {
    const server = await TestServer.start(WHOLE);
    await uploadSong(
      await server.admin(),
      await makeSong(folder, 'stop.flac', LONG_SONG_SECONDS, ['-c:a', 'flac']),
    );
    await eventually(async () => (await encoders(server.dataDir)).length > 0);
    const family = await descendants(server.pid);
    expect(family.some(({ command }) => command.includes('redis-server'))).toBe(true);
    const before = Date.now();
    await server.close();
    expect(Date.now() - before).toBeLessThan(6_000);
    expect(await Promise.all(family.map(({ pid }) => runs(pid)))).toEqual(family.map(() => false));
  }, 90_000);

  it('refuses a second one on the same data folder with a sentence', async () => {
    const server = await TestServer.start(WHOLE);
    try {
      await expect(TestServer.start(WHOLE, 'main.js', server.dataDir)).rejects.toThrow(
        /Cannot start: .*(already|another|use)/i,
      );
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  it('makes up an administrator, tells once and keeps it where only the owner reads', async () => {
    const server = await TestServer.start({ ADMIN_EMAIL: '', ADMIN_PASSWORD: '' });
    try {
      const { readFile, stat } = await import('node:fs/promises');
      const path = join(server.dataDir, 'admin-credentials.txt');
      const [, email, password] = /email=(.*)\npassword=(.*)\n/.exec(await readFile(path, 'utf8'))!;
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(server.lines.filter((line) => line.includes(password!))).toHaveLength(1);
      await new ApiClient(server.url).login(email!, password!);
      await expect(new ApiClient(server.url).login(email!, ADMIN.password)).rejects.toMatchObject({
        code: 'WRONG_CREDENTIALS',
      });
    } finally {
      await server.close();
    }
  });
});
