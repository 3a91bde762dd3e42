import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../src/cli/api-client.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/eventually.js';
import { TestServer } from '../support/test-server.js';
import { encoders } from '../support/process-tree.js';
import { ready, songOf } from '../support/songs.js';
import { conclude } from './conclude.js';
import { Installation } from './installation.js';
import { TestSongs } from './test-songs.js';
import { UploadBatch } from './upload-batch.js';
import { tempDir } from '../support/temp-dir.js';

const KILLS = 25;

let songs: TestSongs;

beforeAll(async () => {
  songs = await TestSongs.open();
});

/** A random pause, so that in the long run every step of an upload and of a publish is hit by a kill. */
const randomMoment = () => sleep(Math.random() * 700);

describe('an installation that accepts uploads', () => {
  let installation: Installation;
  let batch: UploadBatch;

  beforeAll(async () => {
    installation = await Installation.open();
  });

  afterAll(() => installation.close());

  /** `pauseMs`: pause between two songs of one uploader. */
  async function begin(pauseMs?: number): Promise<void> {
    const { currentToken } = await installation.api.admin();
    batch = new UploadBatch(() => [installation.api], currentToken, songs, pauseMs);
    batch.start();
    await batch.secondsToNext();
  }

  async function end(place: number, fault: string, recovered: number[]): Promise<void> {
    await conclude(batch, place, fault, recovered);
    expect(batch.acknowledged).toBeGreaterThanOrEqual(KILLS);
  }

  it(`loses no song when its worker is killed ${KILLS} times in the middle of a song`, async () => {
    await begin(1_500);
    const client = await installation.api.admin();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await eventually(async () => (await encoders(installation.dataDir)).length > 0);
      await randomMoment();
      await installation.worker.kill();
      const began = Date.now();
      const hit = await transcoding(client, batch.songIds);
      await installation.openWorker();
      await Promise.all(hit.map((id) => ready(client, id, 120)));
      recovered.push((Date.now() - began) / 1000);
    }
    await end(1, '`kill -9` of the worker, until the songs it had in hand are READY', recovered);
  });

  it(`loses no acknowledged song when its API is killed ${KILLS} times during uploads`, async () => {
    await begin();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await randomMoment();
      await installation.api.kill();
      const again = batch.secondsToNext();
      await installation.openApi();
      recovered.push(await again);
    }
    await end(2, '`kill -9` of the API, until the next song is acknowledged', recovered);
  });

  it(`loses no song when its embedded database is killed ${KILLS} times during uploads`, async () => {
    await begin();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await randomMoment();
      await installation.database.signal('SIGKILL');
      const again = installation.explained(batch.secondsToNext());
      await installation.database.run();
      recovered.push(await again);
    }
    await end(3, '`kill -9` of the embedded database, until the next song is acknowledged', recovered);
  });
});

/** Songs that a worker is transcoding now. */
async function transcoding(client: ApiClient, ids: string[]): Promise<string[]> {
  const states = await Promise.all(ids.slice(-12).map((id) => songOf(client, id)));
  return states.filter(({ processing }) => processing.state === 'TRANSCODING').map(({ id }) => id);
}

describe('a server with its embedded database and Redis', () => {
  let server: TestServer;
  let dataDir: string;
  let batch: UploadBatch | undefined;

  afterEach(async () => {
    await batch?.stop();
    await server?.close();
  });

  it(`that is killed ${KILLS} times during uploads and transcodes loses no song`, async () => {
    dataDir = tempDir('fault');
    const env = {
      MONGODB_URI: '',
      REDIS_URL: '',
      HEARTBEAT_TIMEOUT_SECONDS: '3',
      SWEEP_SECONDS: '1',
      TRANSCODE_ATTEMPTS: '20',
      PORT: String(await freePort()),
    };
    const open = () => TestServer.start(env, 'main.js', dataDir);
    server = await open();
    batch = new UploadBatch(() => [server], (await server.admin()).currentToken, songs);
    batch.start();
    await batch.secondsToNext();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await randomMoment();
      await server.kill();
      const again = batch.secondsToNext();
      server = await open();
      recovered.push(await again);
    }
    const fault = '`kill -9` of a whole server, until the next song is acknowledged';
    await conclude(batch, 4, fault, recovered);
    expect(batch.acknowledged).toBeGreaterThanOrEqual(KILLS);
  });
});
