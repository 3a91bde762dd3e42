import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../src/cli/api-client.js';
import { freePort } from '../support/free-port.js';
import { eventually, TestServer } from '../support/test-server.js';
import { encoders } from '../support/process-tree.js';
import { ready, songOf } from '../support/songs.js';
import { conclude } from './conclude.js';
import { Installation } from './installation.js';
import { TestSongs } from './test-songs.js';
import { UploadBatch } from './upload-batch.js';

const KILLS = 25;

let songs: TestSongs;

beforeAll(async () => {
  songs = await TestSongs.open();
});

afterAll(() => songs.close());

/** Kills at a moment nobody chose, so that every step of an upload and of a publish is hit in the long run. */
const anyMoment = () => sleep(Math.random() * 700);

describe('one process of an installation that takes in songs', () => {
  let installation: Installation;
  let batch: UploadBatch;

  beforeAll(async () => {
    installation = await Installation.open();
  });

  afterAll(() => installation.close());

  /** `pauseMs`: between two songs of one uploader. */
  async function begin(pauseMs?: number): Promise<void> {
    const { currentToken } = await installation.api.admin();
    batch = new UploadBatch(() => [installation.api.url], currentToken, songs, pauseMs);
    batch.start();
    await batch.secondsToNext();
  }

  async function end(place: number, fault: string, recovered: number[]): Promise<void> {
    await conclude(batch, place, fault, recovered);
    expect(batch.acknowledged).toBeGreaterThanOrEqual(KILLS);
  }

  it(`a worker killed ${KILLS} times in the middle of a song loses none`, async () => {
    await begin(1_500);
    const client = await installation.api.admin();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await eventually(async () => (await encoders(installation.dataDir)).length > 0);
      await anyMoment();
      await installation.worker.kill();
      const began = Date.now();
      const hit = await transcoding(client, batch.songIds);
      await installation.openWorker();
      await Promise.all(hit.map((id) => ready(client, id, 120)));
      recovered.push((Date.now() - began) / 1000);
    }
    await end(1, '`kill -9` of the worker, until the songs it had in hand are READY', recovered);
  });

  it(`an API killed ${KILLS} times while songs come in loses none that it acknowledged`, async () => {
    await begin();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await anyMoment();
      await installation.api.kill();
      const again = batch.secondsToNext();
      await installation.openApi();
      recovered.push(await again);
    }
    await end(2, '`kill -9` of the API, until the next song is acknowledged', recovered);
  });

  it(`an embedded database killed ${KILLS} times while songs come in loses none`, async () => {
    await begin();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await anyMoment();
      await installation.database.signal('SIGKILL');
      const again = batch.secondsToNext();
      await installation.database.run();
      recovered.push(await again);
    }
    await end(3, '`kill -9` of the embedded database, until the next song is acknowledged', recovered);
  });
});

/** Songs that a worker has in hand just now. */
async function transcoding(client: ApiClient, ids: string[]): Promise<string[]> {
  const states = await Promise.all(ids.slice(-12).map((id) => songOf(client, id)));
  return states.filter(({ processing }) => processing.state === 'TRANSCODING').map(({ id }) => id);
}

describe('a whole server with its embedded database and Redis', () => {
  let house: TestServer;
  let dataDir: string;
  let batch: UploadBatch | undefined;

  afterEach(async () => {
    await batch?.stop();
    await house?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  it(`killed ${KILLS} times while songs come in and are transcoded loses none`, async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'fault-'));
    const env = {
      MONGODB_URI: '',
      REDIS_URL: '',
      HEARTBEAT_TIMEOUT_SECONDS: '3',
      SWEEP_SECONDS: '1',
      TRANSCODE_ATTEMPTS: '20',
      PORT: String(await freePort()),
    };
    const open = () => TestServer.start(env, 'main.js', dataDir);
    house = await open();
    batch = new UploadBatch(() => [house.url], (await house.admin()).currentToken, songs);
    batch.start();
    await batch.secondsToNext();
    const recovered: number[] = [];
    while (recovered.length < KILLS) {
      await anyMoment();
      await house.kill();
      const again = batch.secondsToNext();
      house = await open();
      recovered.push(await again);
    }
    const fault = '`kill -9` of a whole server, until the next song is acknowledged';
    await conclude(batch, 4, fault, recovered);
    expect(batch.acknowledged).toBeGreaterThanOrEqual(KILLS);
  });
});
