import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { EmbeddedDatabase, type Client } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { TestServer } from './support/test-server.js';
import { RedisServer } from './support/redis-server.js';
import { ready, songOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

/** The unit in which Bull keeps the moment that a delayed job is due at. */
const BULL_MILLISECOND = 0x1000;

const folder = tempDir('overdue');
let redis: RedisServer;
let database: EmbeddedDatabase;
let mongo: Client;
let server: TestServer;
let admin: ApiClient;
let songId: string;

beforeAll(async () => {
  redis = await RedisServer.create();
  [database] = await Promise.all([EmbeddedDatabase.start(), redis.start()]);
  const env = { MONGODB_URI: database.uri, REDIS_URL: redis.url, SWEEP_SECONDS: '1' };
  server = await TestServer.start(env, 'main.js', join(folder, 'data'));
  admin = await server.admin();
  mongo = await database.client();
  songId = (await uploadSong(admin, await makeSong(folder, 'overdue.mp3', 6))).id;
  await ready(admin, songId);
});

afterAll(async () => {
  await server?.close();
  await Promise.all([database?.close(), redis?.remove()]);
});

/** Adds the song's job to Bull's delayed jobs without the message that makes a worker schedule it. */
async function delaySilently(jobId: string, dueAt: number): Promise<void> {
  await redis.ask(async (client) => {
    await client.hset(`bull:transcode:${jobId}`, {
      name: '__default__',
      data: JSON.stringify({ songId }),
      opts: JSON.stringify({ jobId, attempts: 3, delay: 0 }),
      timestamp: Date.now(),
      delay: 0,
      priority: 0,
    });
    await client.zadd('bull:transcode:delayed', dueAt * BULL_MILLISECOND, jobId);
  });
  await mongo
    .db()
    .collection('songs')
    .updateOne(
      { _id: new mongoose.Types.ObjectId(songId) },
      {
        $set: {
          'processing.state': 'QUEUED',
          'processing.jobId': jobId,
          'processing.queuedAt': new Date(Date.now() - 60_000),
        },
      },
    );
}

describe('a delayed retry that no worker has scheduled', () => {
  it('is queued again by the sweep once it is overdue', async () => {
    await delaySilently('overdue', Date.now() - 10_000);
    expect((await ready(admin, songId, 30)).processing.state).toBe('READY');
    expect(await redis.ask((client) => client.exists('bull:transcode:overdue'))).toBe(0);
  });

  it('is left alone by the sweep while it is not due', async () => {
    await delaySilently('not-due', Date.now() + 60_000);
    await sleep(3_000);
    expect((await songOf(admin, songId)).processing.state).toBe('QUEUED');
    expect(await redis.ask((client) => client.exists('bull:transcode:not-due'))).toBe(1);
  });
});
