import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { uploadSong } from './support/songs.js';
import { graphqlClient, closeAllClients, socketClient, Subscriber } from './support/subscribers.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const PROCESSING = 'subscription ($id: ID!) { songProcessing(songId: $id) { id title } }';
const LIBRARY = 'subscription { libraryChanged { kind songId } }';

type Processing = { songProcessing: { title: string } };
type Change = { libraryChanged: { kind: string; songId: string | null } };

const folder = tempDir('fixtures');
const dataDir = tempDir('events-server');
let services: SharedServices;
let servers: [TestServer, TestServer];
let admin: ApiClient;
let songs = 0;

beforeAll(async () => {
  services = await startSharedServices();
  const open = () => TestServer.start({ ...services.env, WORKER: 'none' }, 'main.js', dataDir);
  servers = [await open(), await open()];
  admin = await servers[0].admin();
});

afterEach(async () => {
  services.redis.signal('SIGCONT');
  closeAllClients();
});

afterAll(async () => {
  await Promise.all((servers ?? []).map((server) => server.close()));
  await services?.stop();
});

async function newSong(): Promise<string> {
  songs += 1;
  return (await uploadSong(admin, await makeSong(folder, `song-${songs}.mp3`, 2 + songs / 10))).id;
}

const remove = (id: string) => admin.ask('mutation ($id: ID!) { deleteSong(id: $id) }', { id });
const rename = (id: string, title: string) =>
  admin.ask('mutation ($id: ID!, $title: String!) { updateSong(id: $id, input: { title: $title }) { id } }', {
    id,
    title,
  });

/** A raw WebSocket without a GraphQL client. */
function rawSocket(url: string): { socket: WebSocket; closed: Promise<number> } {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  socket.on('error', () => undefined);
  return { socket, closed: new Promise((resolve) => socket.once('close', resolve)) };
}

async function metric(url: string, series: string): Promise<number> {
  const line = (await (await fetch(`${url}/metrics`)).text())
    .split('\n')
    .find((one) => one.startsWith(series));
  return Number(line?.slice(series.length));
}

it('a deleted song ends its subscriptions in every process', async () => {
  const id = await newSong();
  const subscribers = servers.map(
    ({ url }) => new Subscriber<Processing>(graphqlClient(url), PROCESSING, { id }),
  );
  const followers = servers.map(({ url }) => socketClient(url));
  for (const { socket } of followers) socket.emit('follow', { songId: id });
  await Promise.all([
    ...subscribers.map((one) => one.until(() => true)),
    ...followers.map((one) => one.until('song')),
  ]);
  await remove(id);
  await eventually(() => Promise.resolve(subscribers.every(({ completed }) => completed)), { seconds: 5 });
  await Promise.all(followers.map((one) => one.until('song.removed', 5)));
});

it('a socket that reconnects and watches again gets the current state of what it missed', async () => {
  const [kept, gone] = [await newSong(), await newSong()];
  const before = socketClient(servers[1].url);
  for (const songId of [kept, gone]) before.socket.emit('follow', { songId });
  await eventually(() => Promise.resolve(before.named('song').length === 2));
  before.socket.disconnect();
  await rename(kept, 'While you were away');
  await remove(gone);
  const after = socketClient(servers[0].url);
  for (const songId of [kept, gone]) after.socket.emit('follow', { songId });
  expect(await after.until('song', 5)).toMatchObject({ songId: kept, title: 'While you were away' });
  expect(await after.until('refused', 5)).toMatchObject({ code: 'NOT_FOUND' });
});

describe('while Redis is frozen', () => {
  it('subscribers of another process miss events, and get the current state afterwards', async () => {
    const [kept, gone] = [await newSong(), await newSong()];
    const far = servers[1].url;
    const library = new Subscriber<Change>(graphqlClient(far), LIBRARY);
    const [changed, removed] = [kept, gone].map(
      (id) => new Subscriber<Processing>(graphqlClient(far), PROCESSING, { id }),
    );
    const follower = socketClient(far);
    for (const songId of [kept, gone]) follower.socket.emit('follow', { songId });
    await Promise.all([changed!.until(() => true), removed!.until(() => true)]);
    await eventually(() => Promise.resolve(follower.named('song').length === 2));
    services.redis.signal('SIGSTOP');
    await rename(kept, 'Frozen');
    await remove(gone);
    await sleep(7_000); // longer than any connection of the server waits for a reply
    services.redis.signal('SIGCONT');
    await library.until(({ libraryChanged }) => libraryChanged.kind === 'MISSED', 10);
    await changed!.until(({ songProcessing }) => songProcessing.title === 'Frozen', 10);
    await eventually(() => Promise.resolve(removed!.completed), { seconds: 10 });
    await eventually(() => Promise.resolve(follower.named('song').some(({ title }) => title === 'Frozen')));
    expect(await follower.until('song.removed', 10)).toMatchObject({ songId: gone });
  });
});

describe('a misbehaving socket', () => {
  it('that never sends connection_init is closed', async () => {
    expect(await rawSocket(servers[0].url).closed).toBe(4408);
  }, 15_000);

  it('that sends queries without reading is closed before the answers fill the memory', async () => {
    const { socket, closed } = rawSocket(servers[0].url);
    await new Promise((resolve) => socket.once('open', resolve));
    socket.pause();
    const ping = JSON.stringify({ type: 'ping', payload: { filler: 'x'.repeat(60_000) } });
    const before = await metric(servers[0].url, 'process_resident_memory_bytes ');
    let sent = 0;
    while (socket.readyState === WebSocket.OPEN && sent < 4_000) {
      await new Promise((resolve) => socket.send(ping, resolve));
      sent += 1;
    }
    expect(sent).toBeLessThan(4_000);
    const after = await metric(servers[0].url, 'process_resident_memory_bytes ');
    expect(after - before).toBeLessThan(100 * 1024 * 1024);
    socket.terminate();
    await closed;
  }, 30_000);
});

it('/metrics counts open sockets by kind', async () => {
  const { url } = servers[0];
  const count = (kind: string) => metric(url, `open_sockets{kind="${kind}"} `);
  await eventually(async () => (await count('graphql')) === 0 && (await count('socketio')) === 0);
  const library = new Subscriber(graphqlClient(url), LIBRARY);
  const sockets = [socketClient(url), socketClient(url)];
  await eventually(async () => (await count('graphql')) === 1 && (await count('socketio')) === 2);
  library.stop();
  for (const { socket } of sockets) socket.disconnect();
  await eventually(async () => (await count('graphql')) === 0 && (await count('socketio')) === 0);
});
