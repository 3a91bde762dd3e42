import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeTaggedSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, sourcesOf, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const CAPACITY = `{ capacity { songs totalBytes originalBytes coverBytes averageSongBytes averageOriginalBytes
  renditions { name bytes averageBytes } stores { name current originalBytes generationBytes coverBytes }
  redis { perDay perIdleDay perPlay plays measuredSeconds }
  limits { resource unit limit used songsLeft playsLeft warning advice } } }`;

interface Capacity {
  songs: number;
  totalBytes: number;
  originalBytes: number;
  coverBytes: number;
  averageSongBytes: number;
  averageOriginalBytes: number;
  renditions: { name: string; bytes: number; averageBytes: number }[];
  stores: {
    name: string;
    current: boolean;
    originalBytes: number;
    generationBytes: number;
    coverBytes: number;
  }[];
  redis: {
    perDay: number;
    perIdleDay: number | null;
    perPlay: number | null;
    plays: number;
    measuredSeconds: number;
  } | null;
  limits: {
    resource: string;
    limit: number;
    used: number | null;
    songsLeft: number | null;
    playsLeft: number | null;
    warning: boolean;
    advice: string | null;
  }[];
}

const MEDIA_LIMIT = 2_000_000;

const folder = tempDir('capacity');
let services: SharedServices;
let server: TestServer;
let admin: ApiClient;
let songId: string;

beforeAll(async () => {
  services = await startSharedServices();
  server = await TestServer.start({
    ...services.env,
    REDIS_IDLE_POLL_SECONDS: '1',
    CAPACITY_MEDIA_BYTES: String(MEDIA_LIMIT),
  });
  admin = await server.admin();
  const song = await uploadSong(admin, await makeTaggedSong(folder, 20));
  songId = song.id;
  await ready(admin, songId);
}, 90_000);

afterAll(async () => {
  await server?.close();
  await services?.stop();
});

const read = async () => (await admin.ask<{ capacity: Capacity }>(CAPACITY)).capacity;
const counted = () =>
  eventually(async () => {
    const capacity = await read();
    return capacity.renditions[3]!.bytes > 0 && capacity;
  });

describe('the capacity report', () => {
  it('gives the bytes of songs by original, quality, cover and store', async () => {
    const capacity = await counted();
    const { qualities } = await sourcesOf(admin, songId);
    expect(capacity.renditions.map(({ bytes }) => bytes)).toEqual(qualities.map(({ bytes }) => bytes));
    expect(capacity.coverBytes).toBeGreaterThan(1_000);
    const [local, ...others] = capacity.stores;
    expect(others).toEqual([]);
    expect(local).toMatchObject({ name: 'local', current: true, coverBytes: capacity.coverBytes });
    expect(local!.originalBytes + local!.generationBytes + local!.coverBytes).toBe(capacity.totalBytes);
    expect(capacity.averageSongBytes).toBe(capacity.totalBytes);
    expect(capacity.averageOriginalBytes).toBe(capacity.originalBytes);
  });

  it('warns at 80 % in a sentence, and says how many more songs fit', async () => {
    const { limits, totalBytes } = await counted();
    expect(totalBytes / MEDIA_LIMIT).toBeGreaterThan(0.8);
    const [media, database] = limits;
    expect(media).toMatchObject({ resource: 'MEDIA', used: totalBytes, warning: true });
    expect(media!.songsLeft).toBe(Math.max(0, Math.floor((MEDIA_LIMIT - totalBytes) / totalBytes)));
    expect(media!.advice).toMatch(/^Media store: \d+ % of the limit is used; .+\.$/);
    expect(database).toMatchObject({ resource: 'DATABASE', warning: false, advice: null });
    expect(database!.songsLeft).toBeGreaterThan(100);
  });

  it('is the same in /api/streaming/stats and, as shares, in /metrics', async () => {
    const { totalBytes, originalBytes } = await counted();
    const stats = (await (await fetch(`${server.url}/api/streaming/stats`)).json()) as {
      averageBytes: { song: number };
      stores: { local: { originals: number } };
      limits: { resource: string; used: number }[];
    };
    expect(stats.averageBytes.song).toBe(totalBytes);
    expect(stats.stores.local.originals).toBe(originalBytes);
    expect(stats.limits[0]).toMatchObject({ resource: 'MEDIA', used: totalBytes });
    const scrape = await (await fetch(`${server.url}/metrics`)).text();
    expect(scrape).toContain(`library_bytes{store="local",kind="original"} ${originalBytes}`);
    expect(scrape).toContain(`capacity_used_ratio{limit="media"} ${totalBytes / MEDIA_LIMIT}`);
    expect(scrape).toMatch(/^capacity_used_ratio\{limit="database"\} 0\.\d+/m);
  });

  it('gives the Redis commands of an idle server, and those that a play adds', async () => {
    const idle = await eventually(
      async () => {
        const { redis } = await read();
        return redis?.perIdleDay ? redis : undefined;
      },
      { seconds: 120, everyMs: 5_000 },
    );
    expect(idle.measuredSeconds).toBeGreaterThanOrEqual(60);
    for (let plays = 0; plays < 60; plays += 1)
      await admin.ask(
        'mutation ($song: ID!, $play: ID!) { recordPlay(songId: $song, playId: $play, seconds: 20) { id } }',
        { song: songId, play: randomUUID() },
      );
    const { redis, limits } = await eventually(
      async () => {
        const capacity = await read();
        return capacity.redis?.plays === 60 && capacity.redis.perPlay !== null && capacity;
      },
      { seconds: 60, everyMs: 2_000 },
    );
    // Forty of the sixty exceed the plays a listener may report per minute, and are counted in Redis.
    expect(redis!.perPlay).toBeGreaterThan(0);
    const limit = limits.find(({ resource }) => resource === 'REDIS')!;
    expect(limit.used).toBe(Math.round(redis!.perDay));
    expect(limit.limit).toBe(10_000);
    const scrape = await (await fetch(`${server.url}/metrics`)).text();
    expect(scrape).toMatch(/^capacity_used_ratio\{limit="redis"\} \d/m);
  }, 240_000);
});
