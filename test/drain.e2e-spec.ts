import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventuallyPasses } from './support/eventually.js';
import { freePort } from './support/free-port.js';
import { TestServer } from './support/test-server.js';
import { LoadBalancer } from './support/load-balancer.js';
import { multipart, openUpload } from './support/raw-upload.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('drain');
let services: SharedServices;
let ports: number[];
let apis: TestServer[];

const open = (port: number, drain: number) =>
  TestServer.start(
    {
      ...services.env,
      WORKER: 'none',
      PORT: String(port),
      SHUTDOWN_DRAIN_SECONDS: String(drain),
      SHUTDOWN_UPLOAD_SECONDS: '20',
    },
    'main.js',
    join(folder, 'data'),
  );

beforeAll(async () => {
  services = await startSharedServices();
});

afterAll(async () => {
  await services?.stop();
});

afterEach(async () => {
  await Promise.all(apis.map((api) => api.kill()));
});

describe('an API that receives SIGTERM', () => {
  let api: TestServer;
  let client: ApiClient;
  let ended: Promise<unknown>;

  beforeEach(async () => {
    api = await open(0, 2);
    apis = [api];
    client = await api.admin();
    ended = once(api.child, 'exit');
  });

  it('reports it at /health, keeps answering, and closes keep-alive connections', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (path: string) => {
      const asking = request(api.url + path, { agent }).end();
      const [answer] = (await once(asking, 'response')) as [IncomingMessage];
      return {
        status: answer.statusCode,
        connection: answer.headers.connection,
        body: String(await buffer(answer)),
      };
    };
    expect((await ask('/health/live')).connection).toBe('keep-alive');
    api.child.kill('SIGTERM');
    await eventuallyPasses(async () => expect((await ask('/health')).status).toBe(503));
    expect(JSON.parse((await ask('/health')).body)).toMatchObject({
      status: 'shutting_down',
      error: { process: { message: expect.stringMatching(/ending/) } },
    });
    expect(await ask('/health/live')).toMatchObject({ status: 200, connection: 'close' });
    expect(await client.ask('{ __typename }')).toEqual({ __typename: 'Query' });
    agent.destroy();
    expect(await ended).toEqual([0, null]);
  });

  it('lets an upload in progress finish', async () => {
    const body = multipart(await readFile(await makeSong(folder, 'slow.mp3', 7)));
    const sending = openUpload(client, body.length);
    sending.write(body.subarray(0, 2_000));
    await sleep(200);
    api.child.kill('SIGTERM');
    // The drain time is over and the listener is closed.
    await eventuallyPasses(async () => expect(await fetch(api.url).catch(() => 'refused')).toBe('refused'));
    sending.end(body.subarray(2_000));
    const [answer] = (await once(sending, 'response')) as [IncomingMessage];
    expect(String(await buffer(answer))).toContain('"uploadSong":{"id"');
    expect(await ended).toEqual([0, null]);
  });

  it('closes its sockets so that clients reconnect elsewhere', async () => {
    const socket = new WebSocket(api.url.replace('http', 'ws') + '/graphql', 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await once(socket, 'message');
    const socketIo = io(api.url, { transports: ['websocket'] });
    await new Promise<void>((resolve) => socketIo.on('connect', resolve));
    const closed = once(socket, 'close');
    // Socket.io clients reconnect by themselves after every reason but "io server disconnect".
    const left = new Promise<string>((resolve) => socketIo.on('disconnect', resolve));
    api.child.kill('SIGTERM');
    expect((await closed)[0]).toBe(1001);
    expect(await left).toBe('transport close');
    socketIo.close();
    expect(await ended).toEqual([0, null]);
  });

  it.each([
    ['a second signal', ['SIGTERM', 'SIGTERM']],
    ['Ctrl-C twice', ['SIGINT', 'SIGINT']],
  ] as const)('waits for nothing after %s', async (_what, [first, second]) => {
    const sending = openUpload(client, 1_000_000);
    sending.on('error', () => undefined);
    sending.write('--x\r\n');
    api.child.kill(first);
    await sleep(300);
    const began = Date.now();
    api.child.kill(second);
    expect(await ended).toEqual([0, null]);
    expect(Date.now() - began).toBeLessThan(2_000);
  });
});

it('two APIs behind nginx are restarted in turn under load without a failed request', async () => {
  ports = [await freePort(), await freePort()];
  apis = await Promise.all(ports.map((port) => open(port, 1)));
  const balancer = await LoadBalancer.open(apis.map(({ url }) => url));
  const client = new ApiClient(balancer.url);
  const failures: string[] = [];
  let answered = 0;
  let running = true;
  const load = Array.from({ length: 4 }, async () => {
    while (running) {
      await client.ask('{ songs(first: 1) { totalCount } }').then(
        () => (answered += 1),
        (error: unknown) => failures.push(String(error)),
      );
      await sleep(10);
    }
  });
  for (const which of [0, 1]) {
    await apis[which]!.close();
    apis[which] = await open(ports[which]!, 1);
    // nginx retries a server one second after it refused a connection.
    await sleep(1_100);
  }
  running = false;
  await Promise.all(load);
  await balancer.close();
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(100);
});
