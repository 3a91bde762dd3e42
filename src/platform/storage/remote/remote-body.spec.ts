import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { RemoteBody } from './remote-body.js';

const IDLE_MS = 100;
const BYTES = 4 * 1024 ** 2;

/** A real HTTP server and client; `answers` writes the body. */
describe('RemoteBody', () => {
  let server: Server;
  let answers: (response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Length': BYTES });
      answers(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const answer = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ port: (server.address() as AddressInfo).port, agent: false }, resolve).on('error', reject);
    });
  const opened = async () => new RemoteBody(await answer(), IDLE_MS);
  const interrupted = expect.objectContaining({ code: 'UNAVAILABLE' });
  const whole = Buffer.from(Array.from({ length: BYTES }, (_, i) => i % 251));

  it('passes on every byte in order', async () => {
    answers = (response) => response.end(whole);
    expect((await buffer(await opened())).equals(whole)).toBe(true);
  });

  it('passes on every byte to a reader that pauses for longer than the idle time-out', async () => {
    answers = (response) => response.end(whole);
    const chunks: Buffer[] = [];
    for await (const chunk of await opened()) {
      if (chunks.length < 3) await sleep(2 * IDLE_MS);
      chunks.push(chunk as Buffer);
    }
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
  });

  it('ends for a reader that pauses after the last byte', async () => {
    answers = (response) => response.end(whole);
    const body = await opened();
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes === BYTES) body.pause();
    });
    await sleep(3 * IDLE_MS);
    body.resume();
    await once(body, 'end');
    expect(bytes).toBe(BYTES);
  });

  it('fails with UNAVAILABLE when the sender stalls, and closes the connection', async () => {
    let closed = false;
    answers = (response) => {
      response.write(whole.subarray(0, 1000));
      response.once('close', () => (closed = true));
    };
    await expect(buffer(await opened())).rejects.toEqual(interrupted);
    await sleep(50);
    expect(closed).toBe(true);
  });

  it('fails with UNAVAILABLE when the connection breaks', async () => {
    answers = (response) => response.write(whole.subarray(0, 1000), () => response.destroy());
    await expect(buffer(await opened())).rejects.toEqual(interrupted);
  });

  it('fails with UNAVAILABLE when the connection broke before it was opened', async () => {
    answers = (response) => response.write(whole.subarray(0, 1000), () => response.destroy());
    const broken = await answer();
    broken.on('error', () => undefined);
    await sleep(50);
    await expect(buffer(new RemoteBody(broken, IDLE_MS))).rejects.toEqual(interrupted);
  });

  it('keeps the error for a reader who begins after the connection broke', async () => {
    answers = (response) => response.write(whole.subarray(0, 1000), () => response.destroy());
    const body = await opened();
    await sleep(50);
    await expect(buffer(body)).rejects.toEqual(interrupted);
  });

  it('closes the connection when the reader leaves', async () => {
    let closed = false;
    answers = (response) => {
      response.write(whole.subarray(0, 1000));
      response.once('close', () => (closed = true));
    };
    const body = await opened();
    body.destroy();
    await sleep(50);
    expect(closed).toBe(true);
  });
});
