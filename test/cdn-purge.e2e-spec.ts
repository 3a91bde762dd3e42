import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import mongoose from 'mongoose';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeTaggedSong } from './support/audio-fixtures.js';
import { CloudflareServer, TOKEN } from './support/cloudflare-server.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const { MongoClient, ObjectId } = mongoose.mongo;
const SECOND = 1_000;
/** Shortest time between two requests in these tests, seconds. */
const EVERY = 1;

let cloudflare: CloudflareServer;
let services: SharedServices;
let folder: string;
let mongo: mongoose.mongo.MongoClient;
let servers: TestServer[];

beforeEach(async () => {
  [cloudflare, services] = await Promise.all([CloudflareServer.open(), startSharedServices()]);
  folder = tempDir('edge-purge');
  mongo = await MongoClient.connect(services.env.MONGODB_URI);
  servers = [];
});

afterEach(async () => {
  await mongo.close();
  await Promise.all(servers.map((server) => server.close()));
  await cloudflare.close();
  await services.stop();
});

async function open(script: 'main.js' | 'worker.js', env: Record<string, string> = {}): Promise<TestServer> {
  const settings = {
    ...services.env,
    ...cloudflare.env,
    CDN_BASE_URL: 'https://media.example.com',
    CDN_CHECK_SECONDS: '0',
    CLOUDFLARE_PURGE_SECONDS: String(EVERY),
    WORKER: 'none',
    SWEEP_SECONDS: '1',
    HEARTBEAT_TIMEOUT_SECONDS: '2',
    MEDIA_GRACE_SECONDS: '1',
  };
  const server = await TestServer.start({ ...settings, ...env }, script, folder);
  servers.push(server);
  return server;
}

/** One real song and `more` records with the same facts. */
async function library(admin: ApiClient, more: number): Promise<string[]> {
  const { id } = await uploadSong(admin, await makeTaggedSong(folder, 2));
  const songs = mongo.db().collection('songs');
  const song = (await songs.findOne({ _id: new ObjectId(id) }))!;
  const copies = Array.from({ length: more }, (_, i) => ({
    ...structuredClone({ ...song, _id: undefined }),
    _id: new ObjectId(),
    uniqueSha256: i.toString(16).padStart(64, '0'),
    processing: { ...song['processing'], jobId: `job-${i}` },
  }));
  if (copies.length > 0) await songs.insertMany(copies);
  return [id, ...copies.map(({ _id }) => _id.toString())];
}

const remove = (client: ApiClient, id: string) =>
  client.ask('mutation ($id: ID!) { deleteSong(id: $id) }', { id });
const prefix = (id: string) => `media.example.com/songs/${id}`;
const purged = () => cloudflare.purges.flatMap(({ body }) => body.prefixes as string[]);
const scheduledPurges = () => mongo.db().collection('edge_purges').countDocuments();
const healthOf = async (server: TestServer) => {
  const response = await fetch(new URL('/health', server.url));
  return { status: response.status, body: (await response.json()) as any };
};

describe('a deleted song', () => {
  it('is purged from the edge with a hundred others in four requests, even if the API is killed', async () => {
    let api = await open('main.js');
    const ids = await library(await api.admin(), 99);
    let admin = await api.admin();
    for (const id of ids.slice(0, 40)) await remove(admin, id);
    const underWay = ids.slice(40, 50).map((id) => remove(admin, id).catch(() => undefined));
    await sleep(20);
    await api.kill();
    await Promise.all(underWay);
    api = await open('main.js');
    admin = await api.admin();
    for (const id of ids.slice(40)) await remove(admin, id).catch(() => undefined);
    expect(cloudflare.purges).toEqual([]);

    const filesThen: boolean[] = [];
    cloudflare.beforePurge = async () =>
      void filesThen.push(existsSync(join(folder, 'media/songs', ids[0]!)));
    const worker = await open('worker.js');
    await eventually(async () => ids.every((id) => purged().includes(prefix(id))), { seconds: 60 });
    await eventually(async () => (await scheduledPurges()) === 0);
    // The sweep completes the interrupted deletion, with at most one request more.
    const sizes = cloudflare.purges.map(({ body }) => body.prefixes.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
    expect(sizes.length).toBeGreaterThanOrEqual(4);
    expect(sizes.length).toBeLessThanOrEqual(5);
    const gaps = cloudflare.purges.slice(1).map(({ at }, i) => at - cloudflare.purges[i]!.at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(EVERY * SECOND - 10);
    // An earlier purge would let the edge fetch the object again.
    expect(new Set(filesThen)).toEqual(new Set([false]));
    expect(new Set(purged())).toEqual(new Set(ids.map(prefix)));

    const metrics = await (await fetch(new URL('/metrics', worker.url))).text();
    expect(metrics).toContain(`edge_purges_total{outcome="purged"} ${purged().length}`);
    expect(metrics).toContain('edge_pending_purges 0');
  }, 180_000);

  it('is purged again when the worker dies before it acknowledges the purge', async () => {
    const api = await open('main.js');
    const admin = await api.admin();
    const [id] = await library(admin, 0);
    cloudflare.beforePurge = () => new Promise(() => undefined);
    const worker = await open('worker.js');
    await remove(admin, id!);
    await eventually(async () => cloudflare.purges.length > 0);
    await worker.kill();
    cloudflare.beforePurge = () => Promise.resolve();
    await open('worker.js');
    await eventually(async () => (await scheduledPurges()) === 0, { seconds: 60 });
    expect(purged()).toEqual([prefix(id!), prefix(id!)]);
  }, 180_000);

  it('is purged when Cloudflare accepts purges again', async () => {
    const api = await open('main.js');
    const admin = await api.admin();
    const [id] = await library(admin, 0);
    cloudflare.troubles.push({ status: 503 }, { status: 429, retryAfter: 6 });
    await open('worker.js');
    await remove(admin, id!);
    await eventually(async () => (await scheduledPurges()) === 0, { seconds: 60 });
    const [, second, third] = cloudflare.purges.map(({ at }) => at);
    expect(third! - second!).toBeGreaterThanOrEqual(6 * SECOND - 10);
  }, 120_000);

  it('is purged once the token may purge; until then /health asks for it and every process stays ready', async () => {
    const api = await open('main.js');
    const admin = await api.admin();
    const [id] = await library(admin, 0);
    let worker = await open('worker.js', { CLOUDFLARE_API_TOKEN: 'a-token-that-may-not' });
    await remove(admin, id!);
    const { body } = await eventually(async () => {
      const health = await healthOf(api);
      return health.body.details.edge.status === 'degraded' && health;
    });
    expect(body.details.edge).toMatchObject({
      pendingPurges: 1,
      advice: [expect.stringMatching(/not purged.+CLOUDFLARE_API_TOKEN.+Cache Purge/)],
    });
    for (const server of [api, worker]) expect((await healthOf(server)).status).toBe(200);
    // Several periods later there is still only one request and one log line.
    await sleep(5 * EVERY * SECOND);
    expect(cloudflare.purges).toHaveLength(1);
    expect(worker.lines.filter((line) => line.includes('purge refused'))).toHaveLength(1);
    expect([...api.lines, ...worker.lines].join()).not.toContain('a-token-that-may-not');

    await worker.close();
    worker = await open('worker.js', { CLOUDFLARE_API_TOKEN: TOKEN });
    await eventually(async () => (await scheduledPurges()) === 0, { seconds: 60 });
    expect(purged()).toEqual([prefix(id!), prefix(id!)]);
    await eventually(async () => (await healthOf(api)).body.details.edge.status === 'up');
  }, 180_000);
});

describe('a cover', () => {
  it('that was removed, or whose album was deleted, is purged when its files are deleted', async () => {
    const api = await open('main.js');
    await open('worker.js');
    const admin = await api.admin();
    const [id] = await library(admin, 0);
    const song = (await mongo
      .db()
      .collection('songs')
      .findOne({ _id: new ObjectId(id) }))!;
    await admin.ask('mutation ($id: ID!) { removeSongArtwork(songId: $id) { id } }', { id });
    const { createAlbum: album } = await admin.ask<{ createAlbum: { id: string } }>(
      'mutation { createAlbum(input: { title: "One" }) { id } }',
    );
    await admin.ask('mutation ($id: ID!) { deleteAlbum(id: $id) }', { id: album.id });
    const expected = [
      `media.example.com/${song['artwork'].prefix.replace(/\/$/, '')}`,
      `media.example.com/albums/${album.id}`,
    ];
    await eventually(async () => expected.every((each) => purged().includes(each)), { seconds: 60 });
    expect(purged()).not.toContain(prefix(id!));
  }, 120_000);
});

describe('a server without a Cloudflare zone', () => {
  it('schedules no purges and reports no edge', async () => {
    const nothing = { CDN_BASE_URL: '', CLOUDFLARE_ZONE_ID: '', CLOUDFLARE_API_TOKEN: '' };
    const api = await open('main.js', nothing);
    const admin = await api.admin();
    const [id] = await library(admin, 0);
    await remove(admin, id!);
    expect(await scheduledPurges()).toBe(0);
    expect((await healthOf(api)).body.details.edge).toBeUndefined();
  }, 120_000);
});
