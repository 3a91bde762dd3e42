import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IMMUTABLE } from '../src/platform/storage/media-storage.js';
import { signedTicket } from '../src/streaming/stream-ticket.js';
import {
  MEBIBYTE,
  MediaEndpointTestApp,
  ORIGINAL,
  PLAYLIST,
  PLAYLIST_TEXT,
  SEGMENT,
  SONG,
} from './media-endpoint.js';
import { eventuallyPasses } from './support/eventually.js';
import { ask, statusOf } from './support/raw-request.js';
import { WorkerdEdge } from './support/workerd.js';

const vectors = JSON.parse(readFileSync('deploy/edge/vectors.json', 'utf8')) as {
  secrets: [string, string];
  cases: { why: string; path: string; answer: number | string }[];
};
const PROTECTED = { STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: vectors.secrets.join(',') };
/** A Worker receives a parsed URL (WHATWG) without dot segments, so it verifies the ticket for the remaining path. */
const NOT_WHATWG = /dot segment|way up/;
let serial = 0;
const ticket = () =>
  signedTicket(`${SONG}/`, Math.floor(Date.now() / 1000) + 600 + serial++, vectors.secrets[0]);

describe('a Cloudflare Worker before a protected library', () => {
  const app = new MediaEndpointTestApp(PROTECTED);
  let edge: WorkerdEdge;
  const get = (key: string, headers?: OutgoingHttpHeaders, method?: string) =>
    ask(edge, `/media/t/${ticket()}/${key}`, headers, method);

  beforeAll(async () => {
    await app.open();
    edge = await WorkerdEdge.open({
      ...PROTECTED,
      PATH_PREFIX: '/media/',
      ORIGIN: `http://127.0.0.1:${app.port}`,
    });
  });
  afterAll(async () => {
    await edge?.close();
    await app.close();
  });

  it.each(vectors.cases.filter(({ why }) => !NOT_WHATWG.test(why)))(
    'verifies a ticket as the server does: $why',
    async ({ path, answer }) => {
      const { status, headers, body } = await ask(edge, path);
      if (typeof answer === 'string') {
        expect([status, JSON.parse(body.toString()).code]).toEqual([403, answer]);
      } else if (answer === 404) expect(status).toBe(404);
      else expect([200, 404]).toContain(status);
      expect(headers['access-control-allow-origin']).toBe('*');
      if (status !== 200) expect(headers['cache-control']).toBe('no-store');
    },
  );

  it("rejects path traversal out of a song's folder", async () => {
    const other = 'songs/65f0c0ffee65f0c0ffee65f1/gabc123def/master.m3u8';
    const { status } = await ask(edge, `/media/t/${ticket()}/${SONG}/../../${other}`);
    expect(status).toBe(403);
  });

  it('caches one copy of an object for all tickets, under a key without the ticket', async () => {
    const fresh = `${SONG}/gabc123def/64k/segment-00666.ts`;
    await app.put(fresh, 'fresh');
    const before = await app.sentBytes('segment');
    expect(statusOf(await get(fresh))).toEqual([200, 'MISS']);
    for (let i = 0; i < 5; i++) expect(statusOf(await get(fresh))).toEqual([200, 'HIT']);
    expect(await app.sentBytes('segment')).toBe(before + 5);
    expect(edge.cached.filter((name) => name.includes('/t/'))).toEqual([]);
  });

  it('answers ranges, HEAD and conditional requests from its cache', async () => {
    const { headers, body } = await get(SEGMENT);
    expect(headers).toMatchObject({ 'cache-control': IMMUTABLE, 'content-type': 'video/mp2t' });
    expect(body.toString()).toBe('0123456789');
    const part = await get(SEGMENT, { range: 'bytes=2-5' });
    expect([...statusOf(part), part.headers['content-range'], part.body.toString()]).toEqual([
      206,
      'HIT',
      'bytes 2-5/10',
      '2345',
    ]);
    const described = await get(SEGMENT, {}, 'HEAD');
    expect([described.status, described.headers['content-length'], described.body.length]).toEqual([
      200,
      '10',
      0,
    ]);
    expect((await get(SEGMENT, { 'if-none-match': headers.etag })).status).toBe(304);
  });

  it('answers a range of an object that is not cached yet', async () => {
    const cold = `${SONG}/gabc123def/64k/segment-00555.ts`;
    await app.put(cold, '0123456789');
    const { status, body } = await get(cold, { range: 'bytes=2-5' });
    expect([status, body.toString()]).toEqual([206, '2345']);
  });

  it('fetches only the requested range of a large original after a seek', async () => {
    const before = await app.sentBytes('original');
    const large = ORIGINAL.replace('0123456789abcdef', 'fedcba9876543210');
    await app.put(large, Buffer.alloc(8 * MEBIBYTE, 'la'));
    const { status, headers, body } = await get(large, { range: 'bytes=5000000-5000099' });
    expect([status, body.length, headers['content-range']]).toEqual([
      206,
      100,
      `bytes 5000000-5000099/${8 * MEBIBYTE}`,
    ]);
    expect((await app.sentBytes('original')) - before).toBe(100);
  });

  it("answers Safari's probe of two bytes without fetching the rest", async () => {
    const before = await app.sentBytes('original');
    const unheard = ORIGINAL.replace('0123456789abcdef', 'aaaaaaaaaaaaaaaa');
    await app.put(unheard, Buffer.alloc(MEBIBYTE, 'la'));
    const { status, headers, body } = await get(unheard, { range: 'bytes=0-1' });
    expect([status, headers['content-range'], body.toString()]).toEqual([206, `bytes 0-1/${MEBIBYTE}`, 'la']);
    expect((await app.sentBytes('original')) - before).toBe(2);
  });

  it.each(['bytes=0-', `bytes=0-${MEBIBYTE - 1}`])(
    'caches an original that is played from its beginning (%s), and answers ranges meanwhile',
    async (range) => {
      const heard = ORIGINAL.replace(
        '0123456789abcdef',
        range === 'bytes=0-' ? 'b'.repeat(16) : 'c'.repeat(16),
      );
      await app.put(heard, Buffer.alloc(MEBIBYTE, 'la'));
      const { status, headers, body } = await get(heard, { range });
      expect([status, headers['x-cache'], body.length]).toEqual([206, 'MISS', MEBIBYTE]);
      await eventuallyPasses(async () => expect(statusOf(await get(heard, { range }))).toEqual([206, 'HIT']));
      const sought = await get(heard, { range: 'bytes=1000000-1000099' });
      expect([...statusOf(sought), sought.body.length]).toEqual([206, 'HIT', 100]);
    },
  );

  it('serves playlists', async () => {
    const { status, body } = await get(PLAYLIST);
    expect([status, body.toString()]).toEqual([200, PLAYLIST_TEXT]);
  });

  it('never caches an error', async () => {
    const late = `${SONG}/gabc123def/64k/segment-00777.ts`;
    expect((await get(late)).status).toBe(404);
    await app.put(late, 'now');
    expect(statusOf(await get(late))).toEqual([200, 'MISS']);
  });

  it('serves cached objects while the origin is down, and an error for others', async () => {
    await get(SEGMENT);
    await app.close();
    expect(statusOf(await get(SEGMENT))).toEqual([200, 'HIT']);
    const { status, body } = await get(`${SONG}/gabc123def/64k/segment-04444.ts`);
    expect([status, JSON.parse(body.toString()).code]).toEqual([503, 'UNAVAILABLE']);
  });
});

describe('a Cloudflare Worker before an R2 bucket', () => {
  let edge: WorkerdEdge;
  const get = (headers: OutgoingHttpHeaders, key = ORIGINAL) => ask(edge, `/${key}`, headers);

  beforeAll(async () => {
    edge = await WorkerdEdge.open({}, readFileSync('test/support/r2-binding.mjs', 'utf8'));
  });
  afterAll(() => edge?.close());

  it.each([
    ['bytes=0-1', 'bytes 0-1/10', '01'],
    ['bytes=8-', 'bytes 8-9/10', '89'],
    ['bytes=-3', 'bytes 7-9/10', '789'],
  ])('answers a range of an original (%s)', async (range, said, text) => {
    const { status, headers, body } = await get({ range });
    expect([status, headers['content-range'], headers['content-length'], body.toString()]).toEqual([
      206,
      said,
      String(text.length),
      text,
    ]);
  });

  it.each(['bytes=10-', 'bytes=-0'])(
    'says of a part beyond the end how long the object is (%s)',
    async (range) => {
      const { status, headers } = await get({ range });
      expect([status, headers['content-range'], headers['cache-control']]).toEqual([
        416,
        'bytes */10',
        'no-store',
      ]);
    },
  );

  it('sends Content-Length of a whole object, caches it, and answers conditional requests', async () => {
    const { status, headers } = await get({}, SEGMENT);
    expect([status, headers['content-length'], headers['cache-control']]).toEqual([200, '10', IMMUTABLE]);
    expect(statusOf(await get({}, SEGMENT))).toEqual([200, 'HIT']);
    expect((await get({ 'if-none-match': '"ten"', range: 'bytes=0-1' })).status).toBe(304);
  });
});
