import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { descendants, encoders, runs } from './support/process-tree.js';
import { reached, ready, songOf, sourcesOf, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

/** Short timeouts, so that lost work is noticed within seconds. */
const SHORT_TIMEOUTS = { HEARTBEAT_TIMEOUT_SECONDS: '3', SWEEP_SECONDS: '1' };
/** Always with embedded services, whatever the suite runs against. */
const EMBEDDED = { MONGODB_URI: '', REDIS_URL: '' };
const LONG_SONG_SECONDS = 90;

const folder = tempDir('fixtures');

async function generationsOnDisk(dataDir: string, songId: string): Promise<string[]> {
  const entries = await readdir(join(dataDir, 'media', 'songs', songId));
  return entries.filter((name) => name.startsWith('g'));
}

async function staged(dataDir: string): Promise<string[]> {
  const entries = await readdir(join(dataDir, 'staging'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('two API processes and a worker on one database and one Redis:', () => {
  let services: SharedServices;
  let dataDir: string;
  let first: TestServer;
  let second: TestServer;
  let worker: TestServer;

  const openWorker = () => TestServer.start({ ...services.env, ...SHORT_TIMEOUTS }, 'worker.js', dataDir);

  beforeAll(async () => {
    dataDir = tempDir('shared-server');
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
  });

  it('a session created at one API is valid at the other', async () => {
    const admin = await first.admin();
    const same = new ApiClient(second.url, admin.currentToken);
    await expect(
      same.ask('mutation { processSong(songId: "507f1f77bcf86cd799439011") { id } }'),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('a publish is visible at both APIs within a second', async () => {
    const admin = await first.admin();
    const { id } = await uploadSong(admin, await makeSong(folder, 'seen.mp3', 20));
    const listeners = [new ApiClient(first.url), new ApiClient(second.url)];
    const seenAt: number[] = [];
    let readyAt = 0;
    // Both APIs are asked all the time, so both have the unpublished answer in their caches at the publish.
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

  it('a song whose worker was killed is finished by the next worker, and no files are left over', async () => {
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

  it('a worker that shuts down requeues its song, and the next worker finishes it as the same attempt', async () => {
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

  it('a queued song is transcoded although Redis was flushed', async () => {
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

  it('a song whose worker died in its last attempt fails with WORKER_LOST, and can be processed again', async () => {
    const admin = await first.admin();
    await worker.close();
    worker = await TestServer.start(
      { ...services.env, ...SHORT_TIMEOUTS, TRANSCODE_ATTEMPTS: '1' },
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
      { ...services.env, ...SHORT_TIMEOUTS, TRANSCODE_ATTEMPTS: '1' },
      'worker.js',
      dataDir,
    );
    const { processing } = await reached(admin, id, 'FAILED', 60);
    expect(processing.error).toMatchObject({ code: 'WORKER_LOST', retryable: true });
    await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id });
    await ready(admin, id, 90);
  }, 180_000);
});

describe('API, worker and embedded services in one process:', () => {
  it('a song that was acknowledged just before kill -9 is transcoded after the restart', async () => {
    const dataDir = tempDir('killed-server');
    let server = await TestServer.start({ ...SHORT_TIMEOUTS, ...EMBEDDED }, 'main.js', dataDir);
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

      server = await TestServer.start({ ...SHORT_TIMEOUTS, ...EMBEDDED }, 'main.js', dataDir);
      const song = await ready(await server.admin(), id, 60);
      expect(song.title).toBe('acknowledged');
      await eventually(async () => (await staged(dataDir)).length === 0);
      await eventually(async () => (await generationsOnDisk(dataDir, id)).length === 1);
    } finally {
      await server.close();
    }
  }, 120_000);

  it('on SIGTERM the server and all its child processes end within 6 s', async () => {
    const server = await TestServer.start(EMBEDDED);
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

  it('a second server on the same data folder exits with one sentence', async () => {
    const server = await TestServer.start(EMBEDDED);
    try {
      await expect(TestServer.start(EMBEDDED, 'main.js', server.dataDir)).rejects.toThrow(
        /Cannot start: .*(already|another|use)/i,
      );
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  it('a generated administrator password is logged once and kept in a file with mode 600', async () => {
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
