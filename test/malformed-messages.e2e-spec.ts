import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import WebSocket from 'ws';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { closeAllClients, socketClient } from './support/subscribers.js';

const HALF = String.raw`\ud800`;
const ASKED = `{"query":"subscription A($id: ID!) { songProcessing(songId: $id) { id } }","variables":{"id":"x"}`;

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ WORKER: 'none' });
});

afterEach(closeAllClients);

afterAll(async () => {
  await server?.close();
});

describe('a socket', () => {
  it.each([
    ['id', `{"id":"${HALF}","type":"subscribe","payload":${ASKED}}}`],
    ['query', `{"id":"1","type":"subscribe","payload":{"query":"subscription { ${HALF} }"}}`],
    ['operation name', `{"id":"1","type":"subscribe","payload":${ASKED},"operationName":"${HALF}"}}`],
    ['variable', `{"id":"1","type":"subscribe","payload":${ASKED.replace('"x"', () => `"${HALF}"`)}}}`],
    ['extension', `{"id":"1","type":"subscribe","payload":${ASKED},"extensions":{"a":["${HALF}"]}}}`],
  ])(
    'gets an error code for half a surrogate pair in the %s, and handles the next message',
    async (_what, message) => {
      const raw = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      const heard: any[] = [];
      raw.on('message', (data: Buffer) => heard.push(JSON.parse(data.toString())));
      raw.once('open', () => raw.send('{"type":"connection_init"}'));
      await eventually(() => Promise.resolve(heard.some(({ type }) => type === 'connection_ack')));
      raw.send(message);
      await eventually(() => Promise.resolve(heard.some(({ type }) => type === 'error')));
      expect(heard.at(-1).payload).toMatchObject([{ extensions: { code: 'BAD_INPUT' } }]);
      raw.send(`{"id":"2","type":"subscribe","payload":${ASKED}}}`);
      await eventually(() => Promise.resolve(heard.some(({ id }) => id === '2')));
      const next = heard.find(({ id }) => id === '2');
      expect(next.payload.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
      raw.terminate();
    },
  );

  it('is closed when its token has half a surrogate pair, or a message is not UTF-8', async () => {
    const closed = (speak: (raw: WebSocket) => void) =>
      new Promise<number>((resolve) => {
        const raw = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
        raw.once('close', resolve).once('open', () => speak(raw));
      });
    const proof = `{"type":"connection_init","payload":{"authorization":"Bearer ${HALF}"}}`;
    expect(await closed((raw) => raw.send(proof))).toBe(4401);
    expect(await closed((raw) => raw.send(Buffer.from([0xff, 0xfe]), { binary: false }))).toBe(1007);
  });

  it('of Socket.io gets an error for half a surrogate pair, and handles the next message', async () => {
    const { socket, until } = socketClient(server.url);
    socket.emit('\ud800', '\ud800');
    socket.emit('follow', { songId: '\ud800' });
    expect(await until('refused', 5)).toMatchObject({ code: 'NOT_FOUND' });
    socket.emit('library');
    await until('library', 5);
    const stranger = socketClient(server.url, { token: '\ud800' });
    const reason = await new Promise<any>((resolve) => stranger.socket.once('connect_error', resolve));
    expect(reason.data).toEqual({ code: 'UNAUTHENTICATED' });
  });
});
