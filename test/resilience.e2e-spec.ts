import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { eventually } from './support/eventually.js';
import { freePort } from './support/free-port.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { RedisServer } from './support/redis-server.js';
import { ready, songOf, sourcesOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('fixtures');

async function generationsOnDisk(server: TestServer, songId: string): Promise<string[]> {
  const names = await readdir(join(server.dataDir, 'media', 'songs', songId));
  return names.filter((name) => name.startsWith('g'));
}

describe('a server while its database and Redis start late, hang and die', () => {
  let redis: RedisServer;
  let database: EmbeddedDatabase | undefined;
  let databasePort: number;
  let server: TestServer;
  let client: ApiClient;

  beforeAll(async () => {
    redis = await RedisServer.create();
    databasePort = await freePort();
    server = await TestServer.start({
      WORKER: 'none',
      REDIS_URL: redis.url,
      MONGODB_URI: `mongodb://127.0.0.1:${databasePort}/late`,
    });
    client = new ApiClient(server.url);
  });

  afterAll(async () => {
    redis.signal('SIGCONT');
    await server?.close();
    await redis.remove();
    await database?.close();
  });

  it('starts without database and Redis and answers UNAVAILABLE', async () => {
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const [graphql, rest, signedIn] = await Promise.all([
      client.ask('{ songs { totalCount } }').catch((error: unknown) => error),
      fetch(`${server.url}/api/streaming/hls/507f1f77bcf86cd799439011`),
      fetch(`${server.url}/api/streaming/stats`, { headers: { authorization: 'Bearer some-token' } }),
    ]);
    expect(graphql).toMatchObject({ code: 'UNAVAILABLE' });
    expect([rest.status, signedIn.status]).toEqual([503, 503]);
    expect(await rest.json()).toMatchObject({ code: 'UNAVAILABLE' });
    expect(await signedIn.json()).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('creates the first administrator once the database is up, without a restart', async () => {
    [database] = await Promise.all([EmbeddedDatabase.start('--port', String(databasePort)), redis.start()]);
    await eventually(async () => client.login(ADMIN.email, ADMIN.password).then(() => true));
  });

  it('acknowledges an upload while Redis hangs', async () => {
    await eventually(async () => (await queueOf(server)) !== null);
    redis.signal('SIGSTOP');
    const began = Date.now();
    const song = await uploadSong(client, await makeSong(folder, 'frozen.mp3', 3));
    expect(song.processing.state).toBe('QUEUED');
    expect(await queueOf(server)).toBeNull();
    expect(Date.now() - began).toBeLessThan(10_000);
    redis.signal('SIGCONT');
  });

  it('serves cached songs while the database is down, refuses uploads and keeps none of their files', async () => {
    const { id } = await uploadSong(client, await makeSong(folder, 'known.mp3', 4));
    const { fallbackUrl } = await sourcesOf(client, id);
    const kept = await filesOf(server);
    await database!.signal('SIGKILL');
    expect((await sourcesOf(client, id)).fallbackUrl).toBe(fallbackUrl);
    expect((await fetch(fallbackUrl)).status).toBe(200);
    const path = await makeSong(folder, 'refused.mp3', 5);
    await expect(uploadSong(client, path)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await database!.run();
    await eventually(async () => (await filesOf(server)).join() === kept.join(), { seconds: 5 });
    await eventually(async () => (await uploadSong(client, path)).id);
  });
});

async function queueOf(server: TestServer): Promise<unknown> {
  const response = await fetch(`${server.url}/api/streaming/stats`);
  return ((await response.json()) as { queue: unknown }).queue;
}

async function filesOf(server: TestServer): Promise<string[]> {
  const listings = await Promise.all(
    ['media', 'uploads', 'spool'].map((folderName) =>
      readdir(join(server.dataDir, folderName), { recursive: true, withFileTypes: true }),
    ),
  );
  return listings
    .flat()
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

describe('a worker', () => {
  const SHORT_TIMEOUTS = { HEARTBEAT_TIMEOUT_SECONDS: '2', SWEEP_SECONDS: '1', TRANSCODE_BACKOFF_MS: '200' };
  let redis: RedisServer;
  let server: TestServer;
  let database: EmbeddedDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    redis = await RedisServer.create();
    [database] = await Promise.all([EmbeddedDatabase.start(), redis.start()]);
    env = { ...SHORT_TIMEOUTS, REDIS_URL: redis.url, MONGODB_URI: database.uri };
    server = await TestServer.start({ ...env, WORKER: 'none' });
  });

  afterAll(async () => {
    await server?.close();
    await redis.remove();
    await database.close();
  });

  it('that was frozen loses its song to another worker and changes nothing when it resumes', async () => {
    const client = await server.admin();
    const frozen = await TestServer.start(env, 'worker.js', server.dataDir);
    const { id } = await uploadSong(client, await makeSong(folder, 'zombie.flac', 100, ['-c:a', 'flac']));
    await eventually(async () => (await songOf(client, id)).processing.percent > 2, { everyMs: 20 });
    frozen.child.kill('SIGSTOP');
    const other = await TestServer.start(env, 'worker.js', server.dataDir);
    const song = await ready(client, id, 40);
    frozen.child.kill('SIGCONT');
    await eventually(async () => frozen.lines.some((line) => line.includes('another attempt')));
    await Promise.all([frozen.close(), other.close()]);
    expect(await songOf(client, id)).toEqual(song);
    expect(song.generations).toHaveLength(1);
    expect(await generationsOnDisk(server, id)).toEqual([song.publishedGeneration]);
  }, 90_000);

  it('keeps transcoding while Redis hangs and publishes the song in its first attempt', async () => {
    const client = await server.admin();
    const worker = await TestServer.start(env, 'worker.js', server.dataDir);
    const { id } = await uploadSong(client, await makeSong(folder, 'alive.flac', 101, ['-c:a', 'flac']));
    await eventually(async () => (await songOf(client, id)).processing.percent > 2, { everyMs: 20 });
    redis.signal('SIGSTOP');
    try {
      expect((await ready(client, id, 40)).processing.attempt).toBe(1);
    } finally {
      redis.signal('SIGCONT');
      await worker.close();
    }
  }, 90_000);
});
