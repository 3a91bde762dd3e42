import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { createAlbum, setArtwork } from './support/albums.js';
import { ffmpeg, makeTaggedSong } from './support/audio-fixtures.js';
import { FaultyConnection } from './support/faulty-connection.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { S3TestServer } from './support/s3-server.js';
import { ready, songOf, sourcesOf, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

/** Seconds between rounds. After a process is killed, the others wait twice as long before they take over. */
const PERIOD = 3;

interface MediaHealth {
  status: string;
  remade: number;
  missing: { original: number; generation: number; cover: number };
  advice?: string[];
}

/** An API process, and the requests that it sends to the store. */
interface Api {
  process: TestServer;
  requests: FaultyConnection;
}

/** Requests that only the self-check sends while there are no uploads and no listeners. */
const SELF_CHECK_REQUEST = /^(HEAD \/media\/songs|GET \/media\/\?list-type=2&prefix=(songs|albums)%2F)/;

const checksIn = ({ requests }: FaultyConnection) =>
  requests.filter(({ method, path }) => SELF_CHECK_REQUEST.test(`${method} ${path}`)).length;

const originalsIn = ({ requests }: FaultyConnection) =>
  requests.filter(({ method, path }) => method === 'HEAD' && path.includes('/original-')).length;

describe('the self-check of media in a bucket that several API processes share', () => {
  const folder = tempDir('self-check');
  let store: S3TestServer;
  let services: SharedServices;
  const apis: Api[] = [];
  let admin: ApiClient;
  let songId: string;

  async function open(settings: Record<string, string>, faults: (null | number)[] = []): Promise<Api> {
    const requests = await FaultyConnection.to(store.endpoint);
    requests.inject(faults, SELF_CHECK_REQUEST);
    const env = { ...services.env, STORAGE: 's3', ...store.env(requests.url), ...settings };
    const api = { process: await TestServer.start(env, 'main.js', join(folder, 'data')), requests };
    apis.push(api);
    return api;
  }

  beforeAll(async () => {
    [store, services] = await Promise.all([S3TestServer.start(), startSharedServices()]);
    const settings = { SELF_CHECK_SECONDS: String(PERIOD), SELF_CHECK_REQUESTS_PER_DAY: '1000000' };
    // Not in parallel: the first process creates the administrator.
    admin = await (await open(settings)).process.admin();
    await open(settings);
    ({ id: songId } = await uploadSong(admin, await makeTaggedSong(folder, 6)));
    await ready(admin, songId);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(apis.map(({ process }) => process.close()));
    await Promise.all(apis.map(({ requests }) => requests.close()));
    await Promise.all([store?.close(), services?.stop()]);
  }, 60_000);

  /** Deletes objects behind the server's back, like a lifecycle rule of the bucket. */
  async function removeBelow(prefix: string): Promise<number> {
    const keys = await store.keys(prefix);
    await store.ask(async (client) => {
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: store.bucket, Key }));
    });
    return keys.length;
  }

  async function health({ process }: Api): Promise<MediaHealth> {
    const response = await fetch(`${process.url}/health`);
    expect(response.status).toBe(200);
    return ((await response.json()) as { details: { media: MediaHealth } }).details.media;
  }

  it('has a song whose objects are missing transcoded again, and /health of every process reports it', async () => {
    const { publishedGeneration: lost } = await songOf(admin, songId);
    expect(await removeBelow(`songs/${songId}/${lost}/`)).toBeGreaterThan(4);
    const reports = apis.map((api) =>
      eventually(async () => (await health(api)).remade === 1, { everyMs: 200, seconds: 60 }),
    );
    await Promise.all(reports);
    const song = await eventually(
      async () => {
        const found = await songOf(admin, songId);
        return found.processing.state === 'READY' && found.publishedGeneration !== lost && found;
      },
      { seconds: 60 },
    );
    expect(song.generations.map(({ id }) => id)).toEqual([song.publishedGeneration]);
    const { masterPlaylist } = await sourcesOf(admin, songId);
    expect((await fetch(masterPlaylist!)).status).toBe(200);
    await eventually(async () => (await health(apis[0]!)).status === 'up');
  }, 150_000);

  it('reports the missing covers of a song and of an album until they are uploaded again', async () => {
    const picture = join(folder, 'blue.png');
    await ffmpeg(['-f', 'lavfi', '-i', 'color=c=blue:s=400x400', '-frames:v', '1', picture]);
    const album = await createAlbum(admin, { title: 'Blue' });
    await setArtwork(admin, album.id, picture);
    expect(await removeBelow(`albums/${album.id}/artwork-`)).toBeGreaterThan(0);
    expect(await removeBelow(`songs/${songId}/artwork-`)).toBeGreaterThan(0);
    const degraded = await eventually(
      async () => {
        const found = await health(apis[1]!);
        return found.missing.cover === 2 && found;
      },
      { seconds: 60 },
    );
    expect(degraded).toMatchObject({ status: 'degraded', missing: { original: 0, generation: 0 } });
    expect(degraded.advice!.join(' ')).toMatch(/2 covers cannot be found/);
    expect((await songOf(admin, songId)).processing.state).toBe('READY');
    await setArtwork(admin, album.id, picture);
    await eventually(async () => (await health(apis[1]!)).missing.cover === 1, { seconds: 60 });
  }, 150_000);

  it('runs in one process at a time, and in the other after that one was killed', async () => {
    const checked = () => apis.map(({ requests }) => originalsIn(requests));
    const before = checked();
    const more = () => checked().map((count, at) => count - before[at]!);
    await eventually(async () => Math.max(...more()) >= 3, { seconds: 60 });
    expect(Math.min(...more())).toBe(0);
    const holder = more()[0]! > 0 ? 0 : 1;
    await apis[holder]!.process.kill();
    await eventually(async () => more()[1 - holder]! >= 2, { seconds: 60 });
  }, 150_000);

  it('sends at most SELF_CHECK_REQUESTS_PER_DAY requests, retries of refused ones included', async () => {
    await Promise.all(apis.map(({ process }) => process.close()));
    // The requests of an hour are granted at once: ten. A round takes three.
    const refusals = [503, 503, 503, null, 503, 503, null];
    const { requests } = await open(
      { SELF_CHECK_SECONDS: '1', SELF_CHECK_REQUESTS_PER_DAY: '240' },
      refusals,
    );
    const openedAt = Date.now();
    await eventually(async () => checksIn(requests) >= 8 && requests.pendingFaults === 0, { seconds: 60 });
    await sleep(5_000);
    const grantedSince = (240 * (Date.now() - openedAt)) / 86_400_000;
    // Two more: a song whose check has begun is checked to its end.
    expect(checksIn(requests)).toBeLessThanOrEqual(10 + Math.ceil(grantedSince) + 2);
  }, 150_000);
});
