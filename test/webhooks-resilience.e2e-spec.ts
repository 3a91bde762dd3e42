import { createHash, timingSafeEqual } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { FAILING, WebhookReceiver, type Received } from './support/webhook-receiver.js';

let receiver: WebhookReceiver;

beforeAll(async () => {
  receiver = await WebhookReceiver.open();
});

afterAll(async () => {
  await receiver?.close();
});

/** HMAC written out from its definition in RFC 2104, independent of Node's implementation. */
function hmacSha256(key: string, text: string): Buffer {
  const padded = Buffer.alloc(64);
  Buffer.from(key).copy(padded);
  const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const inner = sha(
    padded.map((byte) => byte ^ 0x36),
    Buffer.from(text),
  );
  return sha(
    padded.map((byte) => byte ^ 0x5c),
    inner,
  );
}

it('two workers deliver an event once; receivers that hang, drip, flood or hang up do not delay others', async () => {
  receiver.answers['/never'] = () => undefined;
  receiver.answers['/drip'] = (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('.'), 200);
    response.on('close', () => clearInterval(timer));
  };
  let flooded = 0;
  receiver.answers['/flood'] = (response) => {
    const pour = () => {
      while (response.write(Buffer.alloc(65_536)) && !response.destroyed) flooded += 65_536;
    };
    response.on('drain', pour);
    pour();
  };
  receiver.answers['/upgrade'] = (response) => {
    response.writeHead(101, { connection: 'upgrade', upgrade: 'other' }).end();
  };
  const paths = ['/plain', '/never', '/drip', '/flood', '/upgrade'];
  const [plain, never, drip, flood, upgrade] = await Promise.all(
    paths.map((path) => receiver.createWebhook(path)),
  );
  await receiver.newSong();
  const [once_] = await receiver.settled(plain!.id);
  expect(once_!.tries).toHaveLength(1);
  expect(receiver.to('/plain')).toHaveLength(1);
  const [dripped] = await receiver.settled(drip!.id);
  expect(dripped).toMatchObject({ state: 'DELIVERED', tries: [{ status: 200 }] });
  expect(dripped!.tries[0]!.durationMs).toBeLessThan(3_000);
  const [flooding] = await receiver.settled(flood!.id);
  expect(flooding!.tries[0]!.response).toHaveLength(1024);
  expect(flooded).toBeLessThan(32 * 1024 * 1024);
  const [hungUp] = await receiver.settled(upgrade!.id);
  expect(hungUp).toMatchObject({ state: 'GIVEN_UP' });
  expect(hungUp!.tries).toHaveLength(10);
  const [first] = await eventually(
    async () => {
      const tries = (await receiver.deliveries(never!.id))[0]?.tries ?? [];
      return tries.length > 0 && tries;
    },
    { seconds: 20 },
  );
  expect(first).toMatchObject({ status: null, error: 'No answer within 10 s.' });
  expect(first!.durationMs).toBeGreaterThanOrEqual(9_900);
  expect(first!.durationMs).toBeLessThan(12_000);
  for (const one of [plain, never, drip, flood, upgrade]) await receiver.remove(one!.id);
}, 120_000);

it('ten failed tries end a delivery; ten such deliveries disable the webhook; enabling resets the count', async () => {
  receiver.answers['/failing'] = FAILING;
  const { id } = await receiver.createWebhook('/failing');
  await receiver.newSong();
  const [first] = await receiver.settled(id, 1, 60);
  expect(first!.state).toBe('GIVEN_UP');
  expect(first!.tries).toHaveLength(10);
  expect(first!.tries.every(({ status, error }) => status === 500 && error?.includes('500'))).toBe(true);
  expect(receiver.to('/failing')).toHaveLength(10);
  // The counter is set as after nine failed deliveries; the next one is the tenth.
  await receiver.mongo
    .db()
    .collection('webhooks')
    .updateOne({ url: { $regex: '/failing$' }, failures: 1 }, { $set: { failures: 9 } });
  await receiver.newSong();
  await receiver.settled(id, 2, 60);
  const state = async () =>
    (
      await receiver.admin.ask<{ webhooks: { id: string }[] }>(
        '{ webhooks { id enabled disabledReason failures } }',
      )
    ).webhooks.find((one) => one.id === id);
  await eventually(async () => (await state())?.['enabled' as never] === false);
  expect(await state()).toMatchObject({
    enabled: false,
    failures: 10,
    disabledReason: '10 deliveries in a row failed: The receiver answered 500.',
  });
  await receiver.change(id, 'enabled: true');
  expect(await state()).toMatchObject({ enabled: true, failures: 0, disabledReason: null });
  await receiver.remove(id);
}, 150_000);

it('the next try goes to the changed URL of a webhook, and a deleted webhook gets none', async () => {
  receiver.answers['/old'] = receiver.answers['/deleted'] = FAILING;
  const [moved, deleted] = await Promise.all([
    receiver.createWebhook('/old'),
    receiver.createWebhook('/deleted'),
  ]);
  await receiver.newSong();
  await eventually(() =>
    Promise.resolve(receiver.to('/old').length > 0 && receiver.to('/deleted').length > 0),
  );
  await Promise.all([
    receiver.change(moved.id, `url: "http://127.0.0.1:${receiver.port}/new"`),
    receiver.remove(deleted.id),
  ]);
  const [delivery] = await receiver.settled(moved.id);
  expect(delivery!.state).toBe('DELIVERED');
  expect(receiver.to('/new')).toHaveLength(1);
  const tried = receiver.to('/deleted').length;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(receiver.to('/deleted').length).toBeLessThanOrEqual(tried + 1); // one request may have been in flight
  await expect(receiver.deliveries(deleted.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await receiver.remove(moved.id);
}, 60_000);

it('deliveries expire after 30 days by a TTL index on createdAt', async () => {
  const indexes = await receiver.outbox().indexes();
  expect(indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)).toMatchObject([
    { key: { createdAt: 1 }, expireAfterSeconds: 30 * 86_400 },
  ]);
  const { id } = await receiver.createWebhook('/expiry');
  await receiver.newSong();
  const [delivery] = await receiver.settled(id);
  const stored = await receiver.outbox().findOne({
    songId: { $exists: true },
    createdAt: new Date(delivery!.createdAt),
  });
  expect(stored!['createdAt']).toBeInstanceOf(Date);
  expect(Math.abs(Date.parse(delivery!.createdAt) - Date.now())).toBeLessThan(60_000);
  await receiver.remove(id);
});

it('a host name that resolves to a private address is refused at every connection (DNS rebinding)', async () => {
  await Promise.all(receiver.workers.map((worker) => worker.close()));
  const resolver = join(receiver.folder, 'resolver.mjs');
  await writeFile(
    resolver,
    `import dns from 'node:dns';
     import { syncBuiltinESMExports } from 'node:module';
     const real = dns.lookup;
     const DOCUMENTATION = { address: '3fff::1', family: 6 };
     const HERE = { address: '127.0.0.1', family: 4 };
     let asked = 0;
     const answers = {
       'private.test': () => [HERE],
       'both.test': () => [DOCUMENTATION, HERE],
       'rebinding.test': () => [asked++ % 2 === 0 ? DOCUMENTATION : HERE],
     };
     dns.lookup = (host, options, found) => {
       const answer = answers[host]?.();
       if (!answer) return real(host, options, found);
       const done = found ?? options;
       process.nextTick(() => options.all ? done(null, answer) : done(null, answer[0].address, answer[0].family));
     };
     syncBuiltinESMExports();`,
  );
  receiver.workers = [
    await receiver.openWorker({
      WEBHOOK_ALLOW_PRIVATE: 'false',
      NODE_OPTIONS: `--import=${pathToFileURL(resolver).href}`,
    }),
  ];
  const hosts = ['private.test', 'both.test', 'rebinding.test'];
  const made = await Promise.all(
    hosts.map((host) => receiver.createWebhook(`/${host}`, ['SONG_READY'], host)),
  );
  await receiver.newSong();
  for (const [at, { id }] of made.entries()) {
    const tries = await eventually(async () => {
      const found = (await receiver.deliveries(id))[0]?.tries ?? [];
      return found.length >= 2 && found;
    });
    const refusals = tries.map(({ error }) => error!.includes('private network'));
    expect(refusals.slice(0, 2)).toEqual(hosts[at] === 'rebinding.test' ? [false, true] : [true, true]);
    expect(receiver.to(`/${hosts[at]}`)).toEqual([]);
    await receiver.remove(id);
  }
  await receiver.workers[0]!.close();
  receiver.workers = [await receiver.openWorker(), await receiver.openWorker()];
}, 90_000);

it('SONG_FAILED is delivered with a signature that the receiver can verify', async () => {
  const { id, secret } = await receiver.createWebhook('/failed', ['SONG_FAILED']);
  const songId = await receiver.newSong();
  // The state in which a worker that dies in the last attempt leaves its song.
  const stored = await receiver.songsStored().findOne({}, { sort: { _id: -1 } });
  await receiver.songsStored().updateOne(
    { _id: stored!._id },
    {
      $set: {
        'processing.state': 'TRANSCODING',
        'processing.attempt': 1,
        'processing.attemptId': 'lost',
        'processing.finishedAt': null,
        'processing.heartbeatAt': new Date(Date.now() - 60_000),
      } as never,
    },
  );
  const [delivery] = await receiver.settled(id);
  const [{ request, body }] = receiver.to('/failed') as [Received];
  const [, time, hex] = /^t=(\d+),v1=([\da-f]{64})$/.exec(String(request.headers['x-signature']))!;
  expect(timingSafeEqual(hmacSha256(secret, `${time}.${body}`), Buffer.from(hex!, 'hex'))).toBe(true);
  expect(request.headers).toMatchObject({ 'x-event': 'song.failed', 'x-delivery-id': delivery!.id });
  expect(JSON.parse(body)).toMatchObject({
    type: 'song.failed',
    song: { songId, processing: { state: 'FAILED', error: { code: 'WORKER_LOST', retryable: true } } },
  });
  await receiver.remove(id);
}, 60_000);

it('/metrics counts retried, given up and pending deliveries', async () => {
  receiver.answers['/metrics'] = FAILING;
  const { id } = await receiver.createWebhook('/metrics');
  await receiver.newSong();
  await receiver.settled(id);
  const texts = await Promise.all(
    receiver.workers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
  );
  const tries = (outcome: string) =>
    texts
      .map((text) => new RegExp(`webhook_deliveries_total{outcome="${outcome}"} (\\d+)`).exec(text)?.[1])
      .reduce((sum, count) => sum + Number(count ?? 0), 0);
  expect(tries('retried')).toBeGreaterThanOrEqual(9);
  expect(tries('given_up')).toBeGreaterThanOrEqual(1);
  for (const text of texts) expect(text).toMatch(/^webhook_pending_deliveries \d+$/m);
  await receiver.remove(id);
}, 90_000);
