import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { ADMIN, TestServer } from './support/test-server.js';
import { encoders } from './support/process-tree.js';
import { ready, songOf, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { wrongClock } from './support/wrong-clock.js';
import { tempDir } from './support/temp-dir.js';

const TEN_MINUTES = 600;
const HEARTBEAT_SECONDS = 6;
const SWEEP_SECONDS = 2;
const LONG_SONG_SECONDS = 60;

/** Three processes share a database and a Redis; their clocks are right, ten minutes ahead and ten minutes behind. */
describe('with clocks that differ by twenty minutes', () => {
  const folder = tempDir('fixtures');
  const dataDir = tempDir('clocks');
  let services: SharedServices;
  let mongo: MongoClient;
  let api: TestServer;
  let ahead: TestServer;
  let behind: TestServer;
  let admin: ApiClient;

  const open = (aheadSeconds: number, script: string, env: Record<string, string> = {}) =>
    TestServer.start(
      {
        ...services.env,
        HEARTBEAT_TIMEOUT_SECONDS: String(HEARTBEAT_SECONDS),
        SWEEP_SECONDS: String(SWEEP_SECONDS),
        WEBHOOK_ALLOW_PRIVATE: 'true',
        ...(aheadSeconds === 0 ? {} : wrongClock(aheadSeconds)),
        ...env,
      },
      script,
      dataDir,
    );

  beforeAll(async () => {
    services = await startSharedServices();
    mongo = await MongoClient.connect(services.env.MONGODB_URI);
    [api, ahead, behind] = await Promise.all([
      open(0, 'main.js', { WORKER: 'none' }),
      open(TEN_MINUTES, 'worker.js'),
      open(-TEN_MINUTES, 'worker.js'),
    ]);
    admin = await api.admin();
  }, 120_000);

  afterAll(async () => {
    await Promise.all([api?.close(), ahead?.close(), behind?.close()]);
    await mongo?.close();
    await services?.stop();
  }, 60_000);

  it('a lease lasts its full time and changes its holder only after it has expired', async () => {
    const leases = mongo.db().collection<{ _id: string; holder: string; expiresAt: Date }>('leases');
    await eventually(() => leases.findOne({ _id: 'sweep' }));
    const wrong: string[] = [];
    let before = await leases.findOne({ _id: 'sweep' });
    for (const until = Date.now() + 3 * SWEEP_SECONDS * 1000; Date.now() < until; await sleep(50)) {
      const { localTime } = await mongo.db().command({ hello: 1 });
      const left = (lease: typeof before) =>
        lease ? lease.expiresAt.getTime() - (localTime as Date).getTime() : 0;
      const now = await leases.findOne({ _id: 'sweep' });
      if (now && now.holder !== before?.holder && left(before) > 500)
        wrong.push(`taken ${left(before)} ms before it ran out`);
      if (left(now) > 2 * SWEEP_SECONDS * 1000 + 500) wrong.push(`held for ${left(now)} ms`);
      before = now;
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it('each worker finishes its song in the first attempt', async () => {
    const songs = await Promise.all(
      [1, 2, 3].map(async (n) =>
        uploadSong(admin, await makeSong(folder, `kept-${n}.flac`, LONG_SONG_SECONDS + n, ['-c:a', 'flac'])),
      ),
    );
    for (const { id } of songs) {
      const song = await ready(admin, id, 120);
      expect(song.processing.attempt).toBe(1);
      expect(song.generations).toHaveLength(1);
    }
    const begins = (worker: TestServer) =>
      worker.lines.filter((line) => /attempt 1 begins/.test(line)).length;
    expect(begins(ahead)).toBeGreaterThan(0);
    expect(begins(behind)).toBeGreaterThan(0);
    const takenBack = [...ahead.lines, ...behind.lines].filter((line) => /missed its heartbeat/.test(line));
    expect(takenBack).toEqual([]);
  }, 200_000);

  it('songs of a dead worker whose clock was ahead are requeued by a worker whose clock is behind', async () => {
    await behind.close();
    const { id } = await uploadSong(
      admin,
      await makeSong(folder, 'orphan.flac', LONG_SONG_SECONDS, ['-c:a', 'flac']),
    );
    await eventually(
      async () => (await songOf(admin, id)).processing.percent > 3 && (await encoders(dataDir)).length > 0,
    );
    await ahead.kill();
    behind = await open(-TEN_MINUTES, 'worker.js');
    const song = await ready(admin, id, HEARTBEAT_SECONDS + 2 * SWEEP_SECONDS + 60);
    expect(song.processing.attempt).toBe(2);
  }, 150_000);

  it('a webhook is delivered for a song finished under wrong clocks, and its artist is found', async () => {
    const notified: string[] = [];
    const receiver = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => notified.push(text));
      request.on('end', () => response.end());
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    const early = await open(TEN_MINUTES, 'main.js', { WORKER: 'none' });
    const late = await open(-TEN_MINUTES, 'main.js', { WORKER: 'none' });
    try {
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
      await (
        await early.admin()
      ).ask('mutation ($url: String!) { createWebhook(url: $url, events: [SONG_READY]) { secret } }', {
        url,
      });
      const client = new ApiClient(late.url);
      await client.login(ADMIN.email, ADMIN.password);
      const { id } = await uploadSong(client, await makeSong(folder, 'notified.mp3', 5), {
        artist: 'Late Comer',
      });
      await ready(admin, id, 60);
      await eventually(async () => notified.some((body) => body.includes(id)), { seconds: 30 });
      await eventually(
        async () =>
          (
            await admin.ask<{ search: { artists: { edges: unknown[] } } }>(
              '{ search(query: "late comer") { artists { edges { node { name } } } } }',
            )
          ).search.artists.edges.length === 1,
        { seconds: 30 },
      );
    } finally {
      await Promise.all([early.close(), late.close()]);
      receiver.close();
    }
  }, 150_000);
});
