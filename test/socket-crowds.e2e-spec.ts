import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startCrowd, type Crowd } from '../bench/sockets/crowd.mjs';
import type { ApiClient } from '../src/cli/api-client.js';
import { createAlbum, setTracks } from './support/albums.js';
import { makeSong } from './support/audio-fixtures.js';
import { CuttingProxy } from './support/cutting-proxy.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { uploadSong } from './support/songs.js';
import { graphqlClient, closeAllClients, Subscriber } from './support/subscribers.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const PROCESSING = 'subscription ($id: ID!) { songProcessing(songId: $id) { id title } }';
const MEBIBYTE = 1024 ** 2;

const folder = tempDir('fixtures');
let services: SharedServices;
let database: CuttingProxy;
let server: TestServer;
/** A server on the same machine that is not attacked: the measure for waits that the machine causes. */
let beside: TestServer;
let admin: ApiClient;
let id: string;
let crowd: Crowd;

beforeAll(async () => {
  services = await startSharedServices();
  database = await CuttingProxy.database(services.env.MONGODB_URI);
  [server, beside] = await Promise.all([
    TestServer.start({ ...services.env, MONGODB_URI: database.url, WORKER: 'none' }),
    TestServer.start({ ...services.env, WORKER: 'none' }),
  ]);
  admin = await server.admin();
  id = (await uploadSong(admin, await makeSong(folder, 'song.mp3', 2))).id;
});

afterEach(async () => {
  closeAllClients();
  await crowd?.end();
});

afterAll(async () => {
  await Promise.all([server, beside].map((one) => one?.close()));
  database?.close();
  await services?.stop();
});

async function metric(series: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(series));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Requests `/health/live` until the returned function is called; that resolves to the 95th percentile of waits, ms. */
function watch(url: string) {
  let going = true;
  const waits: number[] = [];
  const loop = (async () => {
    while (going) {
      const before = performance.now();
      await (await fetch(`${url}/health/live`)).text();
      waits.push(performance.now() - before);
      await sleep(20);
    }
  })();
  return async () => {
    going = false;
    await loop;
    return waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.95)]!;
  };
}

async function residentBytes({ pid }: TestServer): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

const rename = (title: string) =>
  admin.ask('mutation ($id: ID!, $title: String!) { updateSong(id: $id, input: { title: $title }) { id } }', {
    id,
    title,
  });

describe('an anonymous client that opens 2,000 sockets with 50 subscriptions each', () => {
  it('gets 100 sockets, while memory and the response times of others stay within bounds', async () => {
    crowd = startCrowd();
    const before = await residentBytes(server);
    const ends = [server, beside].map(({ url }) => watch(url));
    const opening = await crowd.ask({
      url: server.url,
      sockets: 2_000,
      atOnce: 50,
      addresses: 1,
      subscriptions: 50,
      query: PROCESSING,
      variables: { id },
    });
    for (let i = 0; i < 5; i += 1) await rename(`attacked ${i}`);
    const [wait, waitBeside] = await Promise.all(ends.map((end) => end()));
    expect(opening).toMatchObject({ opened: 100, subscribed: 500, refused: { 429: 1_900 } });
    expect((await residentBytes(server)) - before).toBeLessThan(100 * MEBIBYTE);
    // Other load on the machine delays the server beside it as well.
    expect(wait! - waitBeside!).toBeLessThan(300);
    expect(await metric('sockets_refused_total{code="TOO_MANY_SOCKETS"}')).toBe(1_900);
    await crowd.end();
    await eventually(async () => (await metric('open_sockets{')) === 0);
    expect(await metric('open_subscriptions ')).toBe(0);
  }, 120_000);
});

describe('an event for 600 listeners from 150 addresses', () => {
  it('costs one query and reaches all within two seconds', async () => {
    crowd = startCrowd();
    const opening = await crowd.ask({
      url: server.url,
      sockets: 600,
      addresses: 150,
      subscriptions: 1,
      query: PROCESSING,
      variables: { id },
    });
    expect(opening).toMatchObject({ opened: 600, subscribed: 600, refused: {} });
    const began = Date.now();
    let served: { served: number; lastAt: number };
    const asked = await database.during(['songs'], async () => {
      const waiting = crowd.ask({ until: 'Heard by all' });
      await rename('Heard by all');
      served = (await waiting) as typeof served;
    });
    expect(served!.served).toBe(600);
    expect(served!.lastAt - began).toBeLessThan(2_000);
    // The edit itself also reads the song.
    expect(asked.filter((command) => command === 'find songs').length).toBeLessThanOrEqual(2);
  }, 60_000);

  it('is sent to each with the fields of their query that they may read', async () => {
    const token = `Bearer ${admin.currentToken}`;
    const album = await createAlbum(admin, { title: 'Unheard', state: 'DRAFT' });
    await setTracks(admin, album.id, [id]);
    const query = 'subscription ($id: ID!) { songProcessing(songId: $id) { title album { title } } }';
    const [stranger, administrator, other] = [
      new Subscriber(graphqlClient(server.url), query, { id }),
      new Subscriber(graphqlClient(server.url, { authorization: token }), query, { id }),
      new Subscriber(graphqlClient(server.url), PROCESSING, { id }),
    ];
    await Promise.all([stranger, administrator, other].map((one) => one.until(() => true)));
    await rename('To each their own');
    const isNew = ({ songProcessing }: Record<string, any>) => songProcessing.title === 'To each their own';
    expect(await stranger.until(isNew)).toEqual({
      songProcessing: { title: 'To each their own', album: null },
    });
    expect(await administrator.until(isNew)).toEqual({
      songProcessing: { title: 'To each their own', album: { title: 'Unheard' } },
    });
    expect(await other.until(isNew)).toEqual({ songProcessing: { id, title: 'To each their own' } });
  });
});
