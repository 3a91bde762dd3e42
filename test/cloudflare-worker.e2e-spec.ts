import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IMMUTABLE } from '../src/platform/storage/immutable.js';
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
import { eventually } from './support/eventually.js';
import { ask, statusOf } from './support/raw-request.js';
import { WorkerdEdge } from './support/workerd.js';

const vectors = JSON.parse(readFileSync('deploy/edge/vectors.json', 'utf8')) as {
  secrets: [string, string];
  cases: { why: string; path: string; answer: number | string }[];
};
const PROTECTED = { STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: vectors.secrets.join(',') };
/** A Worker is handed a parsed URL (WHATWG), in which dot segments are gone already: the ticket then is judged for what is left. */
const NOT_WHATWG = /dot segment|way up/;
let serial = 0;
const ticket = () =>
  signedTicket(`${SONG}/`, Math.floor(Date.now() / 1000) + 600 + serial++, vectors.secrets[0]);

describe('a Cloudflare Worker before a protected library', () => {
  const door = new MediaEndpointTestApp(PROTECTED);
  let edge: WorkerdEdge;
  const get = (key: string, headers?: OutgoingHttpHeaders, method?: string) =>
    ask(edge, `/media/t/${ticket()}/${key}`, headers, method);

  beforeAll(async () => {
    await door.open();
    edge = await WorkerdEdge.open({
      ...PROTECTED,
      PATH_PREFIX: '/media/',
      ORIGIN: `http://127.0.0.1:${door.port}`,
    });
  });
  afterAll(async () => {
    await edge?.close();
    await door.close();
  });

  it.each(vectors.cases.filter(({ why }) => !NOT_WHATWG.test(why)))(
    'judges as the server does: $why',
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

  it('lets nobody out of a song by a path that points upwards', async () => {
    const other = 'songs/65f0c0ffee65f0c0ffee65f1/gabc123def/master.m3u8';
    const { status } = await ask(edge, `/media/t/${ticket()}/${SONG}/../../${other}`);
    expect(status).toBe(403);
  });

  it('keeps one copy of an object for all tickets, under a name without one', async () => {
    const fresh = `${SONG}/gabc123def/64k/segment-00666.ts`;
    await door.put(fresh, 'fresh');
    const before = await door.sentBytes('segment');
    expect(statusOf(await get(fresh))).toEqual([200, 'MISS']);
    for (let i = 0; i < 5; i++) expect(statusOf(await get(fresh))).toEqual([200, 'HIT']);
    expect(await door.sentBytes('segment')).toBe(before + 5);
    expect(edge.cached.filter((name) => name.includes('/t/'))).toEqual([]);
  });

  it('answers parts, HEAD and conditions from its copy', async () => {
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

  it('cuts a part out of what it did not have yet', async () => {
    const cold = `${SONG}/gabc123def/64k/segment-00555.ts`;
    await door.put(cold, '0123456789');
    const { status, body } = await get(cold, { range: 'bytes=2-5' });
    expect([status, body.toString()]).toEqual([206, '2345']);
  });

  it('fetches of a large original what a seek asks for', async () => {
    const before = await door.sentBytes('original');
    const large = ORIGINAL.replace('0123456789abcdef', 'fedcba9876543210');
    await door.put(large, Buffer.alloc(8 * MEBIBYTE, 'la'));
    const { status, headers, body } = await get(large, { range: 'bytes=5000000-5000099' });
    expect([status, body.length, headers['content-range']]).toEqual([
      206,
      100,
      `bytes 5000000-5000099/${8 * MEBIBYTE}`,
    ]);
    expect((await door.sentBytes('original')) - before).toBe(100);
  });

  it('shows Safari the two bytes it looks at first, and nobody fetches the rest for that', async () => {
    const before = await door.sentBytes('original');
    const unheard = ORIGINAL.replace('0123456789abcdef', 'aaaaaaaaaaaaaaaa');
    await door.put(unheard, Buffer.alloc(MEBIBYTE, 'la'));
    const { status, headers, body } = await get(unheard, { range: 'bytes=0-1' });
    expect([status, headers['content-range'], body.toString()]).toEqual([206, `bytes 0-1/${MEBIBYTE}`, 'la']);
    expect((await door.sentBytes('original')) - before).toBe(2);
  });

  it.each(['bytes=0-', `bytes=0-${MEBIBYTE - 1}`])(
    'keeps an original that somebody hears from its beginning (%s), and answers by parts all the while',
    async (range) => {
      const heard = ORIGINAL.replace(
        '0123456789abcdef',
        range === 'bytes=0-' ? 'b'.repeat(16) : 'c'.repeat(16),
      );
      await door.put(heard, Buffer.alloc(MEBIBYTE, 'la'));
      const { status, headers, body } = await get(heard, { range });
      expect([status, headers['x-cache'], body.length]).toEqual([206, 'MISS', MEBIBYTE]);
      await eventually(async () => expect(statusOf(await get(heard, { range }))).toEqual([206, 'HIT']));
      const sought = await get(heard, { range: 'bytes=1000000-1000099' });
      expect([...statusOf(sought), sought.body.length]).toEqual([206, 'HIT', 100]);
    },
  );

  it('hands out playlists', async () => {
    const { status, body } = await get(PLAYLIST);
    expect([status, body.toString()]).toEqual([200, PLAYLIST_TEXT]);
  });

  it('never keeps an error', async () => {
    const late = `${SONG}/gabc123def/64k/segment-00777.ts`;
    expect((await get(late)).status).toBe(404);
    await door.put(late, 'now');
    expect(statusOf(await get(late))).toEqual([200, 'MISS']);
  });

  it('goes on playing what it has when the origin is away, and says so of the rest', async () => {
    await get(SEGMENT);
    await door.close();
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
  ])('cuts a part out of an original (%s)', async (range, said, text) => {
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

  it('says how long a whole object is, keeps it, and answers conditions', async () => {
    const { status, headers } = await get({}, SEGMENT);
    expect([status, headers['content-length'], headers['cache-control']]).toEqual([200, '10', IMMUTABLE]);
    expect(statusOf(await get({}, SEGMENT))).toEqual([200, 'HIT']);
    expect((await get({ 'if-none-match': '"ten"', range: 'bytes=0-1' })).status).toBe(304);
  });
});
