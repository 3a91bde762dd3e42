import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, sourcesOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const SECONDS = 20;
const RENDITIONS = `query ($id: ID!) { song(id: $id) { processing { renditions { name percent } } } }`;
const CAPACITY = '{ capacity { renditions { name bytes averageBytes } } }';

const folder = tempDir('ladder');
const dataDir = tempDir('ladder-server');
let server: TestServer;
let admin: ApiClient;

const open = async (cap: boolean) => {
  server = await TestServer.start({ LADDER_CAP_TO_SOURCE: String(cap) }, 'main.js', dataDir);
  admin = await server.admin();
};

beforeAll(async () => {
  await open(true);
});

afterAll(async () => {
  await server?.close();
});

async function published(name: string, encoder: string[]): Promise<string> {
  const { id } = await uploadSong(admin, await makeSong(folder, name, SECONDS, encoder));
  await ready(admin, id);
  return id;
}

/** Expects that every API lists the same qualities and that each of them plays; returns their names. */
async function qualitiesOf(id: string): Promise<string[]> {
  const sources = await sourcesOf(admin, id);
  const names = sources.qualities.map(({ name }) => name);
  const rest = (await (await fetch(`${server.url}/api/streaming/hls/${id}`)).json()) as {
    qualities: Record<string, string>;
  };
  expect(Object.keys(rest.qualities)).toEqual(names);
  const { song } = await admin.ask<{ song: { processing: { renditions: object[] } } }>(RENDITIONS, { id });
  expect(song.processing.renditions).toEqual(names.map((name) => ({ name, percent: 100 })));

  const master = await (await fetch(sources.masterPlaylist!)).text();
  const variants = master.split('\n').filter((line) => line.endsWith('/playlist.m3u8'));
  const inMaster = variants.map((path) => path.replace('/playlist.m3u8', ''));
  expect(inMaster[0]).toBe(names.includes('128k') ? '128k' : names[0]);
  expect(inMaster.toSorted()).toEqual(names.toSorted());
  for (const path of variants) {
    const url = new URL(path, sources.masterPlaylist!);
    const playlist = await (await fetch(url)).text();
    const segment = playlist.split('\n').find((line) => line.endsWith('.ts'))!;
    expect((await fetch(new URL(segment, url))).status).toBe(200);
  }
  return names;
}

describe('a ladder that ends at the source', () => {
  let poor: string;
  let usual: string;
  let lossless: string;

  it('gives a 96 kbit/s MP3 one quality, a 128 kbit/s MP3 two, and FLAC all four', async () => {
    poor = await published('poor.mp3', ['-b:a', '96k']);
    usual = await published('usual.mp3', ['-b:a', '128k']);
    lossless = await published('song.flac', []);
    expect(await qualitiesOf(poor)).toEqual(['64k']);
    expect(await qualitiesOf(usual)).toEqual(['64k', '128k']);
    expect(await qualitiesOf(lossless)).toEqual(['64k', '128k', '256k', '320k']);
  }, 180_000);

  it('needs less storage, and capacity says how much', async () => {
    const { capacity } = await eventually(async () => {
      const answer = await admin.ask<{ capacity: { renditions: { bytes: number; averageBytes: number }[] } }>(
        CAPACITY,
      );
      return answer.capacity.renditions[3]!.bytes > 0 && answer;
    });
    const [low, medium, high] = capacity.renditions;
    // Three songs have the 64k quality, two 128k, one 256k.
    expect(low!.bytes / low!.averageBytes).toBeCloseTo(3, 1);
    expect(medium!.bytes / medium!.averageBytes).toBeCloseTo(2, 1);
    expect(high!.bytes / high!.averageBytes).toBeCloseTo(1, 1);
  });

  it('becomes complete for a song that is processed again after the setting is removed', async () => {
    const before = (await sourcesOf(admin, usual)).generation;
    await server.close();
    await open(false);
    expect(await qualitiesOf(usual)).toEqual(['64k', '128k']);
    await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id: usual });
    await eventually(async () => (await sourcesOf(admin, usual)).generation !== before, { seconds: 90 });
    expect(await qualitiesOf(usual)).toEqual(['64k', '128k', '256k', '320k']);
  }, 180_000);
});
