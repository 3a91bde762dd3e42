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

const LIBRARY = 'subscription { libraryChanged { kind songId } }';

const folder = tempDir('fixtures');
let services: SharedServices;
/** A server with limits that a test can reach, behind one proxy. */
let narrow: TestServer;
let admin: ApiClient;
let id: string;
const opened: WebSocket[] = [];

beforeAll(async () => {
  services = await startSharedServices();
  narrow = await TestServer.start({
    ...services.env,
    WORKER: 'none',
    TRUST_PROXY: '1',
    SOCKETS_PER_ADDRESS: '2',
    SOCKETS_PER_ACCOUNT: '3',
    SOCKETS_PER_PROCESS: '6',
    SUBSCRIPTIONS_PER_ADDRESS: '4',
  });
  admin = await narrow.admin();
  id = (await uploadSong(admin, await makeSong(folder, 'song.mp3', 2))).id;
});

afterEach(async () => {
  closeAllClients();
  for (const socket of opened.splice(0)) socket.terminate();
  await eventually(async () => (await openSockets(narrow.url)) === 0);
});

afterAll(async () => {
  await narrow?.close();
  await services?.stop();
});

async function metric(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(series));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const openSockets = (url: string) => metric(url, 'open_sockets{');

/** A raw client that sends X-Forwarded-For. `outcome` is the type of the first message, or the refusal. */
function rawClient(url: string, forwardedFor: string, params?: object) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { 'x-forwarded-for': forwardedFor },
  });
  const outcome = new Promise<unknown>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: params })));
    socket.on('message', (data) => resolve((JSON.parse(String(data)) as { type: string }).type));
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    socket.on('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (bytes) => (body += String(bytes)));
      response.on('end', () => {
        resolve({ status: response.statusCode, ...(JSON.parse(body) as object) });
      });
    });
  });
  opened.push(socket);
  return { socket, outcome };
}

describe('when there are too many sockets', () => {
  it('of one address behind a trusted proxy, the next gets 429 instead of a handshake, until one closes', async () => {
    const first = rawClient(narrow.url, '203.0.113.7');
    const second = rawClient(narrow.url, '203.0.113.7');
    expect(await Promise.all([first.outcome, second.outcome])).toEqual(['connection_ack', 'connection_ack']);
    expect(await rawClient(narrow.url, '203.0.113.7').outcome).toEqual({
      status: 429,
      code: 'TOO_MANY_SOCKETS',
      message: expect.stringContaining('2 open sockets'),
    });
    expect(await rawClient(narrow.url, '203.0.113.8').outcome).toBe('connection_ack');
    first.socket.close();
    await eventually(async () => (await rawClient(narrow.url, '203.0.113.7').outcome) === 'connection_ack');
  });

  it('of one IPv6 /64 network, its other addresses get 429', async () => {
    for (const host of ['2001:db8::1', '2001:db8::2'])
      expect(await rawClient(narrow.url, host).outcome).toBe('connection_ack');
    expect(await rawClient(narrow.url, '2001:db8::3').outcome).toMatchObject({ status: 429 });
    expect(await rawClient(narrow.url, '2001:db8:0:1::3').outcome).toBe('connection_ack');
  });

  it('of one account, the next is closed with 1013, after which clients try again later', async () => {
    const params = { authorization: `Bearer ${admin.currentToken}` };
    for (const host of [1, 2, 3])
      expect(await rawClient(narrow.url, `198.51.100.${host}`, params).outcome).toBe('connection_ack');
    expect(await rawClient(narrow.url, '198.51.100.4', params).outcome).toEqual({
      code: 1013,
      reason: 'TOO_MANY_SOCKETS',
    });
  });

  it('in one process, the next gets 503 SOCKETS_FULL', async () => {
    for (let host = 1; host <= 6; host += 1)
      expect(await rawClient(narrow.url, `192.0.2.${host}`).outcome).toBe('connection_ack');
    expect(await rawClient(narrow.url, '192.0.2.7').outcome).toMatchObject({
      status: 503,
      code: 'SOCKETS_FULL',
    });
  });

  it('Socket.io clients get the code as connect_error', async () => {
    const [one, other] = [socketClient(narrow.url), socketClient(narrow.url)];
    await Promise.all(
      [one, other].map(({ socket }) => new Promise((done) => socket.once('connect', () => done(0)))),
    );
    const refused = socketClient(narrow.url);
    const error = await new Promise<any>((resolve) => refused.socket.once('connect_error', resolve));
    expect(error.data).toEqual({ code: 'TOO_MANY_SOCKETS' });
    await eventually(async () => (await openSockets(narrow.url)) === 2);
  });
});

describe('when one address has too many subscriptions', () => {
  it('the next is refused with TOO_MANY_SUBSCRIPTIONS on every socket, until another has ended', async () => {
    const clients = [graphqlClient(narrow.url), graphqlClient(narrow.url)];
    const held = [0, 0, 1, 1].map((at) => new Subscriber(clients[at]!, LIBRARY));
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 4);
    const fifth = new Subscriber(clients[0]!, LIBRARY);
    await eventually(() => Promise.resolve(fifth.error));
    expect(fifth.error).toMatchObject([{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }]);
    held[3]!.stop();
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 3);
    const next = new Subscriber(clients[0]!, LIBRARY);
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 4);
    expect(next.error).toBeUndefined();
  });

  it('a long subscription counts as several', async () => {
    const long = LIBRARY.replace('kind', `kind ${'#'.repeat(3_500)}\n`);
    const first = new Subscriber(graphqlClient(narrow.url), long);
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 4);
    expect(first.error).toBeUndefined();
  });

  it('songs followed over Socket.io count as subscriptions until they are unfollowed', async () => {
    const { socket, until, named } = socketClient(narrow.url);
    socket.emit('library');
    await until('library');
    const client = graphqlClient(narrow.url);
    for (let i = 0; i < 3; i += 1) new Subscriber(client, LIBRARY);
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 4);
    socket.emit('follow', { songId: id });
    expect(await until('refused')).toMatchObject({ code: 'TOO_MANY_SUBSCRIPTIONS' });
    await client.dispose();
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 1);
    for (let i = 0; i < 2; i += 1) socket.emit('follow', { songId: id });
    await eventually(() => Promise.resolve(named('song').length === 2));
    expect(await metric(narrow.url, 'open_subscriptions ')).toBe(2);
    socket.emit('unfollow', { songId: id });
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 1);
    socket.disconnect();
    await eventually(async () => (await metric(narrow.url, 'open_subscriptions ')) === 0);
  });
});
