import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import type { ApiClient } from '../src/cli/api-client.js';
import { createAlbum, setTracks } from './support/albums.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, songOf, uploadSong } from './support/songs.js';
import { graphqlClient, closeAllClients, socketClient, Subscriber } from './support/subscribers.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const PROCESSING = `subscription ($id: ID!) { songProcessing(songId: $id) {
  id artwork { images { url } } processing { state percent attempt } publishedGeneration } }`;
const LIBRARY = 'subscription { libraryChanged { kind songId at } }';
/** Time in which a duplicate of an event would have arrived, milliseconds. */
const ECHO_MS = 500;

type Processing = { songProcessing: { id: string; processing: { state: string; percent: number } } };
type Change = { libraryChanged: { kind: string; songId: string | null } };

const folder = tempDir('fixtures');
const dataDir = tempDir('events-server');
let services: SharedServices;
let servers: [TestServer, TestServer];
let worker: TestServer;
let admin: ApiClient;

beforeAll(async () => {
  services = await startSharedServices();
  const open = (script: string) => TestServer.start({ ...services.env, WORKER: 'none' }, script, dataDir);
  const [first, second, third] = await Promise.all([open('main.js'), open('main.js'), open('worker.js')]);
  servers = [first, second];
  worker = third;
  admin = await first.admin();
});

afterEach(closeAllClients);

afterAll(async () => {
  await Promise.all([...(servers ?? []), worker].map((server) => server?.close()));
  await services?.stop();
});

const kindsOf = (subscriber: Subscriber<Change>, songId: string) =>
  subscriber.results.map(({ libraryChanged }) => libraryChanged).filter((one) => one.songId === songId);

describe('events of a song', () => {
  it('reach the GraphQL and Socket.io subscribers of every process once each', async () => {
    const libraries = servers.map(({ url }) => new Subscriber<Change>(graphqlClient(url), LIBRARY));
    const sockets = servers.map(({ url }) => socketClient(url));
    for (const { socket } of sockets) socket.emit('library');
    await Promise.all(sockets.map(({ until }) => until('library')));
    await sleep(ECHO_MS); // graphql-ws does not confirm a subscription
    const { id } = await uploadSong(admin, await makeSong(folder, 'dispatched.mp3', 20));
    for (const { socket } of sockets) socket.emit('follow', { songId: id });
    await Promise.all(sockets.map(({ until }) => until('song.ready')));
    await sleep(ECHO_MS);
    for (const library of libraries)
      expect(kindsOf(library, id).map(({ kind }) => kind)).toEqual(['UPLOADED', 'READY']);
    for (const { named } of sockets) {
      expect(named('library.changed').map(({ kind }) => kind)).toEqual(['UPLOADED', 'READY']);
      expect(named('song')).toHaveLength(1);
      expect(named('song')[0]).toMatchObject({ songId: id, title: 'dispatched' });
      expect(named('song.ready')).toEqual([
        { songId: id, at: expect.any(String), generation: expect.any(String) },
      ]);
    }
  });

  it('start with the current state, also after a reconnect during a transcode, and end with READY', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'long.flac', 60, ['-c:a', 'flac']));
    const client = graphqlClient(servers[1].url);
    const before = new Subscriber<Processing>(client, PROCESSING, { id });
    await before.until(({ songProcessing }) => songProcessing.processing.percent > 0);
    await client.dispose();
    const seen = (await songOf(admin, id)).processing;

    const after = new Subscriber<Processing>(graphqlClient(servers[0].url), PROCESSING, { id });
    const present = (await after.until(() => true)).songProcessing;
    expect(present.id).toBe(id);
    if (present.processing.state === seen.state)
      expect(present.processing.percent).toBeGreaterThanOrEqual(seen.percent);
    await after.until(({ songProcessing }) => songProcessing.processing.state === 'READY', 60);
    const percents = after.results.map(({ songProcessing }) => songProcessing.processing.percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
  }, 120_000);

  it('start with the current state of a READY song, and include the next run', async () => {
    const { id } = await uploadSong(admin, await makeSong(folder, 'again.mp3', 5));
    await ready(admin, id);
    const subscriber = new Subscriber<Processing>(graphqlClient(servers[1].url), PROCESSING, { id });
    await subscriber.until(({ songProcessing }) => songProcessing.processing.state === 'READY');
    expect(subscriber.results).toHaveLength(1);
    await admin.ask('mutation ($id: ID!) { processSong(songId: $id) { id } }', { id });
    await subscriber.until(({ songProcessing }) => songProcessing.processing.state === 'QUEUED');
    await eventually(() =>
      Promise.resolve(subscriber.results.at(-1)?.songProcessing.processing.state === 'READY'),
    );
  });

  it('are refused with NOT_FOUND for an unknown song', async () => {
    const id = '507f1f77bcf86cd799439011';
    const subscriber = new Subscriber(graphqlClient(servers[0].url), PROCESSING, { id });
    await eventually(() => Promise.resolve(subscriber.error !== undefined), { seconds: 5 });
    expect(subscriber.error).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
    const { socket, until } = socketClient(servers[0].url);
    socket.emit('follow', { songId: { $ne: 1 } });
    expect(await until('refused', 5)).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('include a notice of possibly missed events after Redis was down', async () => {
    const library = new Subscriber<Change>(graphqlClient(servers[1].url), LIBRARY);
    await sleep(ECHO_MS);
    const { Redis } = await import('ioredis');
    const redis = new Redis(services.env.REDIS_URL);
    await redis.client('KILL', 'TYPE', 'pubsub');
    await redis.quit();
    await library.until(({ libraryChanged }) => libraryChanged.kind === 'MISSED', 10);
  });
});

it('each change of an album emits a library change, for a draft to administrators only', async () => {
  const libraries = [{}, { authorization: `Bearer ${admin.currentToken}` }].map(
    (params) =>
      new Subscriber<{ libraryChanged: { kind: string; albumId: string | null } }>(
        graphqlClient(servers[1].url, params),
        'subscription { libraryChanged { kind songId albumId } }',
      ),
  );
  await sleep(ECHO_MS);
  const { id: songId } = await uploadSong(admin, await makeSong(folder, 'on-album.mp3', 3));
  const album = await createAlbum(admin, { title: 'Dispatched', state: 'DRAFT' });
  await setTracks(admin, album.id, [songId]);
  await sleep(ECHO_MS); // each event is sent before the next change happens
  await admin.ask('mutation ($id: ID!) { updateAlbum(id: $id, input: { state: PUBLISHED }) { id } }', {
    id: album.id,
  });
  await sleep(ECHO_MS);
  await admin.ask('mutation ($id: ID!) { deleteAlbum(id: $id) }', { id: album.id });
  const [strangers, administrators] = libraries.map(({ results }) => () => {
    const changes = results.map(({ libraryChanged }) => libraryChanged);
    return changes.filter(({ albumId }) => albumId === album.id).map(({ kind }) => kind);
  });
  await eventually(() => Promise.resolve(administrators!().length >= 4 && strangers!().length >= 2));
  expect(strangers!()).toEqual(['ALBUM_CHANGED', 'ALBUM_REMOVED']);
  expect(administrators!()).toEqual(['ALBUM_CHANGED', 'ALBUM_CHANGED', 'ALBUM_CHANGED', 'ALBUM_REMOVED']);
}, 60_000);

describe('a socket', () => {
  it('is refused with an invalid token, and closed soon after its session has ended', async () => {
    const refused = new Subscriber(graphqlClient(servers[0].url, { authorization: 'Bearer wrong' }), LIBRARY);
    await eventually(() => Promise.resolve(refused.error !== undefined), { seconds: 5 });
    expect(refused.error).toMatchObject({ code: 4401 });
    const stranger = socketClient(servers[0].url, { token: 'wrong' });
    const reason = await new Promise<any>((resolve) => stranger.socket.once('connect_error', resolve));
    expect(reason.data).toEqual({ code: 'UNAUTHENTICATED' });

    const someone = await servers[1].admin();
    const subscriber = new Subscriber(
      graphqlClient(servers[0].url, { authorization: `Bearer ${someone.currentToken}` }),
      LIBRARY,
    );
    const socket = socketClient(servers[0].url, { token: someone.currentToken });
    await new Promise((resolve) => socket.socket.once('connect', () => resolve(undefined)));
    await sleep(ECHO_MS);
    expect(subscriber.error).toBeUndefined();
    await someone.ask('mutation { logout }');
    await eventually(() => Promise.resolve(subscriber.error !== undefined), { seconds: 12 });
    expect(subscriber.error).toMatchObject({ code: 4401 });
    await eventually(() => Promise.resolve(socket.socket.disconnected), { seconds: 3 });
  });

  it('accepts subscriptions only, a bounded number of them, and no large messages', async () => {
    const client = graphqlClient(servers[0].url);
    const query = new Subscriber(client, '{ songs { totalCount } }');
    const nonsense = new Subscriber(client, 'subscription { nonsense }');
    const broken = new Subscriber(client, 'subscription {');
    const many = Array.from({ length: 49 }, () => new Subscriber(client, LIBRARY));
    const tooMany = [1, 2, 3, 4].map(() => new Subscriber(client, LIBRARY));
    await eventually(() => Promise.resolve(tooMany.at(-1)!.error), { seconds: 5 });
    expect(query.error).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
    expect(nonsense.error).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    expect(broken.error).toMatchObject([{ extensions: { code: 'GRAPHQL_PARSE_FAILED' } }]);
    expect(tooMany.at(-1)!.error).toMatchObject([{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }]);
    expect(many[0]!.error).toBeUndefined();

    const raw = new WebSocket(`${servers[0].url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => raw.once('close', resolve));
    raw.on('error', () => undefined);
    raw.once('open', () => raw.send('x'.repeat(100_000)));
    expect(await closed).toBe(1009);
  });
});
