import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { ready, uploadSong } from './support/songs.js';
import { startSharedServices, type SharedServices } from './support/backing-services.js';
import { tempDir } from './support/temp-dir.js';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Delivery {
  id: string;
  event: string;
  songId: string;
  state: string;
  tries: { status: number | null; error: string | null; response: string }[];
}

const received: Received[] = [];
/** Statuses by path: the nth request gets the nth status, further requests get the last one. */
const answers: Record<string, number[]> = {};

const folder = tempDir('fixtures');
const dataDir = tempDir('webhooks-server');
let services: SharedServices;
let server: TestServer;
let worker: TestServer;
let admin: ApiClient;
let receiver: Server;
let address: string;

const openWorker = () =>
  TestServer.start(
    { ...services.env, SWEEP_SECONDS: '1', WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_BACKOFF_MS: '200' },
    'worker.js',
    dataDir,
  );

beforeAll(async () => {
  services = await startSharedServices();
  const env = { ...services.env, WORKER: 'none', WEBHOOK_ALLOW_PRIVATE: 'true' };
  [server, worker] = await Promise.all([TestServer.start(env, 'main.js', dataDir), openWorker()]);
  admin = await server.admin();
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => {
      const path = request.url!;
      received.push({ path, headers: request.headers, body });
      const left = answers[path] ?? [200];
      response.writeHead(left.length > 1 ? left.shift()! : left[0]!, { location: '/elsewhere' });
      response.end('x'.repeat(5_000));
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});

afterAll(async () => {
  receiver?.close();
  await Promise.all([server?.close(), worker?.close()]);
  await services?.stop();
});

async function createWebhook(path: string, events = ['SONG_READY']): Promise<{ id: string; secret: string }> {
  const { createWebhook: created } = await admin.ask<{
    createWebhook: { secret: string; webhook: { id: string } };
  }>(
    `mutation ($url: String!, $events: [WebhookEvent!]!) {
      createWebhook(url: $url, events: $events) { secret webhook { id } } }`,
    { url: address + path, events },
  );
  return { id: created.webhook.id, secret: created.secret };
}

async function deliveries(webhookId: string): Promise<Delivery[]> {
  const { webhookDeliveries } = await admin.ask<{ webhookDeliveries: { edges: { node: Delivery }[] } }>(
    `query ($webhookId: ID!) { webhookDeliveries(webhookId: $webhookId) { edges { node {
      id event songId state tries { status error response } } } } }`,
    { webhookId },
  );
  return webhookDeliveries.edges.map(({ node }) => node);
}

const to = (path: string) => received.filter((one) => one.path === path);

it('a delivery is signed and retried after an error; webhookDeliveries lists both tries', async () => {
  answers['/flaky'] = [500, 200];
  answers['/moved'] = [302];
  answers['/gone'] = [410];
  const { id, secret } = await createWebhook('/flaky');
  await createWebhook('/moved');
  const gone = await createWebhook('/gone');
  const song = await uploadSong(admin, await makeSong(folder, 'delivered.mp3', 3));
  const log = await eventually(async () => {
    const found = await deliveries(id);
    return found[0]?.state === 'DELIVERED' && found;
  });
  expect(log).toHaveLength(1);
  expect(log[0]).toMatchObject({ event: 'SONG_READY', songId: song.id, state: 'DELIVERED' });
  expect(log[0]!.tries.map(({ status }) => status)).toEqual([500, 200]);
  expect(log[0]!.tries[0]!.response).toHaveLength(1024);

  const [first, second] = to('/flaky');
  for (const { headers, body } of [first!, second!]) {
    const [, time, signed] = /^t=(\d+),v1=([\da-f]{64})$/.exec(String(headers['x-signature']))!;
    expect(signed).toBe(createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'));
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(120);
    expect(headers).toMatchObject({ 'x-delivery-id': log[0]!.id, 'x-event': 'song.ready' });
    expect(JSON.parse(body)).toMatchObject({
      type: 'song.ready',
      song: { songId: song.id, title: 'delivered', processing: { state: 'READY' } },
    });
  }
  expect(to('/moved').length).toBeGreaterThan(0);
  expect(to('/elsewhere')).toEqual([]);
  const { webhooks } = await admin.ask<{
    webhooks: { id: string; enabled: boolean; disabledReason: string }[];
  }>('{ webhooks { id enabled disabledReason } }');
  expect(webhooks.find((one) => one.id === gone.id)).toMatchObject({
    enabled: false,
    disabledReason: expect.stringContaining('410'),
  });
}, 90_000);

it('a pending delivery of a killed worker is made by the next worker', async () => {
  const { id } = await createWebhook('/after-kill');
  answers['/after-kill'] = [500];
  const song = await uploadSong(admin, await makeSong(folder, 'killed.mp3', 4));
  await ready(admin, song.id);
  await worker.kill();
  answers['/after-kill'] = [200];
  worker = await openWorker();
  await eventually(async () => (await deliveries(id))[0]?.state === 'DELIVERED', { seconds: 45 });
  expect(await deliveries(id)).toHaveLength(1);
  const ids = new Set(to('/after-kill').map(({ headers }) => headers['x-delivery-id']));
  expect(ids.size).toBe(1);
}, 120_000);

it('createWebhook refuses private addresses and other protocols; anonymous clients get UNAUTHENTICATED', async () => {
  const strict = await TestServer.start({ ...services.env, WORKER: 'none' }, 'main.js', dataDir);
  try {
    const client = await strict.admin();
    const mutation = 'mutation ($url: String!) { createWebhook(url: $url, events: [SONG_READY]) { secret } }';
    for (const url of [
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://[::1]/',
      'http://[::ffff:10.0.0.1]/',
      'http://localhost:1/',
      'file:///etc/passwd',
      'https://user:pass@example.com/',
      'nonsense',
    ])
      await expect(client.ask(mutation, { url })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  } finally {
    await strict.close();
  }
  const { ApiClient: Client } = await import('../src/cli/api-client.js');
  await expect(new Client(server.url).ask('{ webhooks { id } }')).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});
