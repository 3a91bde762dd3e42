import { createHash, timingSafeEqual } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from './support/test-server.js';
import { FAILING, WebhookReceiver, type Received } from './support/webhook-receiver.js';

let desk: WebhookReceiver;

beforeAll(async () => {
  desk = await WebhookReceiver.open();
});

afterAll(async () => {
  await desk?.close();
});

/** RFC 2104, written out: HMAC as its definition has it. */
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

it('two workers tell a receiver once, and receivers that hang, drip, flood or hang up cost nobody else', async () => {
  desk.answers['/never'] = () => undefined;
  desk.answers['/drip'] = (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('.'), 200);
    response.on('close', () => clearInterval(timer));
  };
  let flooded = 0;
  desk.answers['/flood'] = (response) => {
    const pour = () => {
      while (response.write(Buffer.alloc(65_536)) && !response.destroyed) flooded += 65_536;
    };
    response.on('drain', pour);
    pour();
  };
  desk.answers['/upgrade'] = (response) => {
    response.writeHead(101, { connection: 'upgrade', upgrade: 'other' }).end();
  };
  const paths = ['/plain', '/never', '/drip', '/flood', '/upgrade'];
  const [plain, never, drip, flood, upgrade] = await Promise.all(
    paths.map((path) => desk.createWebhook(path)),
  );
  await desk.newSong();
  const [once_] = await desk.settled(plain!.id);
  expect(once_!.tries).toHaveLength(1);
  expect(desk.to('/plain')).toHaveLength(1);
  const [dripped] = await desk.settled(drip!.id);
  expect(dripped).toMatchObject({ state: 'DELIVERED', tries: [{ status: 200 }] });
  expect(dripped!.tries[0]!.durationMs).toBeLessThan(3_000);
  const [flooding] = await desk.settled(flood!.id);
  expect(flooding!.tries[0]!.response).toHaveLength(1024);
  expect(flooded).toBeLessThan(32 * 1024 * 1024);
  const [hungUp] = await desk.settled(upgrade!.id);
  expect(hungUp).toMatchObject({ state: 'GIVEN_UP' });
  expect(hungUp!.tries).toHaveLength(10);
  const [first] = await eventually(
    async () => {
      const tries = (await desk.deliveries(never!.id))[0]?.tries ?? [];
      return tries.length > 0 && tries;
    },
    { seconds: 20 },
  );
  expect(first).toMatchObject({ status: null, error: 'No answer within 10 s.' });
  expect(first!.durationMs).toBeGreaterThanOrEqual(9_900);
  expect(first!.durationMs).toBeLessThan(12_000);
  for (const one of [plain, never, drip, flood, upgrade]) await desk.remove(one!.id);
}, 120_000);

it('ten failed tries end a delivery; ten such deliveries disable the webhook with a reason; enabling forgives', async () => {
  desk.answers['/failing'] = FAILING;
  const { id } = await desk.createWebhook('/failing');
  await desk.newSong();
  const [first] = await desk.settled(id, 1, 60);
  expect(first!.state).toBe('GIVEN_UP');
  expect(first!.tries).toHaveLength(10);
  expect(first!.tries.every(({ status, error }) => status === 500 && error?.includes('500'))).toBe(true);
  expect(desk.to('/failing')).toHaveLength(10);
  // Eight more have been given up already; one more is left.
  await desk.mongo
    .db()
    .collection('webhooks')
    .updateOne({ url: { $regex: '/failing$' }, failures: 1 }, { $set: { failures: 9 } });
  await desk.newSong();
  await desk.settled(id, 2, 60);
  const state = async () =>
    (
      await desk.admin.ask<{ webhooks: { id: string }[] }>(
        '{ webhooks { id enabled disabledReason failures } }',
      )
    ).webhooks.find((one) => one.id === id);
  await eventually(async () => (await state())?.['enabled' as never] === false);
  expect(await state()).toMatchObject({
    enabled: false,
    failures: 10,
    disabledReason: '10 deliveries in a row failed: The receiver answered 500.',
  });
  await desk.change(id, 'enabled: true');
  expect(await state()).toMatchObject({ enabled: true, failures: 0, disabledReason: null });
  await desk.remove(id);
}, 150_000);

it('a changed address gets the next try, a deleted webhook none', async () => {
  desk.answers['/old'] = desk.answers['/deleted'] = FAILING;
  const [moved, deleted] = await Promise.all([desk.createWebhook('/old'), desk.createWebhook('/deleted')]);
  await desk.newSong();
  await eventually(() => Promise.resolve(desk.to('/old').length > 0 && desk.to('/deleted').length > 0));
  await Promise.all([
    desk.change(moved.id, `url: "http://127.0.0.1:${desk.port}/new"`),
    desk.remove(deleted.id),
  ]);
  const [delivery] = await desk.settled(moved.id);
  expect(delivery!.state).toBe('DELIVERED');
  expect(desk.to('/new')).toHaveLength(1);
  const tried = desk.to('/deleted').length;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(desk.to('/deleted').length).toBeLessThanOrEqual(tried + 1); // one may have been under way
  await expect(desk.deliveries(deleted.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await desk.remove(moved.id);
}, 60_000);

it('the log expires after 30 days, by an index on the moment of entry', async () => {
  const indexes = await desk.outbox().indexes();
  expect(indexes.filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)).toMatchObject([
    { key: { createdAt: 1 }, expireAfterSeconds: 30 * 86_400 },
  ]);
  const { id } = await desk.createWebhook('/expiry');
  await desk.newSong();
  const [delivery] = await desk.settled(id);
  const stored = await desk.outbox().findOne({
    songId: { $exists: true },
    createdAt: new Date(delivery!.createdAt),
  });
  expect(stored!['createdAt']).toBeInstanceOf(Date);
  expect(Math.abs(Date.parse(delivery!.createdAt) - Date.now())).toBeLessThan(60_000);
  await desk.remove(id);
});

it('a name that leads into a private network is refused when it is connected to, whatever it said before', async () => {
  await Promise.all(desk.workers.map((worker) => worker.close()));
  const resolver = join(desk.folder, 'resolver.mjs');
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
  desk.workers = [
    await desk.openWorker({
      WEBHOOK_ALLOW_PRIVATE: 'false',
      NODE_OPTIONS: `--import=${pathToFileURL(resolver).href}`,
    }),
  ];
  const hosts = ['private.test', 'both.test', 'rebinding.test'];
  const made = await Promise.all(hosts.map((host) => desk.createWebhook(`/${host}`, ['SONG_READY'], host)));
  await desk.newSong();
  for (const [at, { id }] of made.entries()) {
    const tries = await eventually(async () => {
      const found = (await desk.deliveries(id))[0]?.tries ?? [];
      return found.length >= 2 && found;
    });
    const refusals = tries.map(({ error }) => error!.includes('private network'));
    expect(refusals.slice(0, 2)).toEqual(hosts[at] === 'rebinding.test' ? [false, true] : [true, true]);
    expect(desk.to(`/${hosts[at]}`)).toEqual([]);
    await desk.remove(id);
  }
  await desk.workers[0]!.close();
  desk.workers = [await desk.openWorker(), await desk.openWorker()];
}, 90_000);

it('a song that failed is told, signed so that anybody can check it', async () => {
  const { id, secret } = await desk.createWebhook('/failed', ['SONG_FAILED']);
  const songId = await desk.newSong();
  // As a worker leaves a song that it lost in its last attempt.
  const stored = await desk.songsStored().findOne({}, { sort: { _id: -1 } });
  await desk.songsStored().updateOne(
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
  const [delivery] = await desk.settled(id);
  const [{ request, body }] = desk.to('/failed') as [Received];
  const [, time, hex] = /^t=(\d+),v1=([\da-f]{64})$/.exec(String(request.headers['x-signature']))!;
  expect(timingSafeEqual(hmacSha256(secret, `${time}.${body}`), Buffer.from(hex!, 'hex'))).toBe(true);
  expect(request.headers).toMatchObject({ 'x-event': 'song.failed', 'x-delivery-id': delivery!.id });
  expect(JSON.parse(body)).toMatchObject({
    type: 'song.failed',
    song: { songId, processing: { state: 'FAILED', error: { code: 'WORKER_LOST', retryable: true } } },
  });
  await desk.remove(id);
}, 60_000);

it('operators see what is delivered and what is pending', async () => {
  desk.answers['/metrics'] = FAILING;
  const { id } = await desk.createWebhook('/metrics');
  await desk.newSong();
  await desk.settled(id);
  const texts = await Promise.all(
    desk.workers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
  );
  const tries = (outcome: string) =>
    texts
      .map((text) => new RegExp(`webhook_deliveries_total{outcome="${outcome}"} (\\d+)`).exec(text)?.[1])
      .reduce((sum, count) => sum + Number(count ?? 0), 0);
  expect(tries('retried')).toBeGreaterThanOrEqual(9);
  expect(tries('given_up')).toBeGreaterThanOrEqual(1);
  for (const text of texts) expect(text).toMatch(/^webhook_pending_deliveries \d+$/m);
  await desk.remove(id);
}, 90_000);
