import { readFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IMMUTABLE } from '../src/platform/storage/media-storage.js';
import { signedTicket } from '../src/streaming/stream-ticket.js';
import { MEBIBYTE, MediaEndpointTestApp, PLAYLIST, PLAYLIST_TEXT, SEGMENT, SONG } from './media-endpoint.js';
import { eventuallyPasses } from './support/eventually.js';
import { NginxEdge } from './support/nginx.js';
import { ask, statusOf } from './support/raw-request.js';

const vectors = JSON.parse(readFileSync('deploy/edge/vectors.json', 'utf8')) as {
  secrets: [string, string];
  cases: { why: string; path: string; answer: number | string }[];
};
const PROTECTED = { STREAM_PROTECTION: 'ticket', STREAM_TICKET_SECRETS: vectors.secrets.join(',') };
const COVER = `${SONG}/artwork-0123456789abcdef/300.webp`;

let serial = 0;
/** A valid ticket that differs from all earlier ones. */
const ticket = () =>
  signedTicket(`${SONG}/`, Math.floor(Date.now() / 1000) + 600 + serial++, vectors.secrets[0]);

describe('nginx edge in front of a library protected by tickets', () => {
  const app = new MediaEndpointTestApp(PROTECTED);
  let edge: NginxEdge;
  const get = (key: string, headers?: OutgoingHttpHeaders, method?: string) =>
    ask(edge, `/media/t/${ticket()}/${key}`, headers, method);

  beforeAll(async () => {
    await app.open();
    await app.put(COVER, 'a picture');
    edge = await NginxEdge.open(`http://127.0.0.1:${app.port}`, PROTECTED);
  });
  afterAll(async () => {
    await edge?.close();
    await app.close();
    expect(edge.complaints).not.toMatch(/SyntaxError|TypeError|js exception|\[emerg\]|\[crit\]/);
  });

  it.each(vectors.cases)('answers a ticket like the server: $why', async ({ path, answer }) => {
    const { status, headers, body } = await ask(edge, path);
    if (typeof answer === 'string') {
      expect([status, JSON.parse(body.toString()).code]).toEqual([403, answer]);
      // nginx itself calls a null byte a bad request.
    } else if (answer === 404) expect(status).toBe(path.includes('%00') ? 400 : 404);
    // The objects of the vectors need not exist here: then the ticket was accepted and the origin answered 404.
    else expect([200, 404]).toContain(status);
    expect(headers['access-control-allow-origin']).toBe('*');
    if (status !== 200) expect(headers['cache-control']).toBe('no-store');
  });

  it('caches one copy of an object for all tickets', async () => {
    const fresh = `${SONG}/gabc123def/64k/segment-00666.ts`;
    await app.put(fresh, 'fresh');
    const before = await app.sentBytes('segment');
    expect(statusOf(await get(fresh))).toEqual([200, 'MISS']);
    for (let i = 0; i < 5; i++) expect(statusOf(await get(fresh))).toEqual([200, 'HIT']);
    expect(await app.sentBytes('segment')).toBe(before + 5);
  });

  it('passes on the headers and the body of the origin', async () => {
    const path = `/media/t/${ticket()}/${SEGMENT}`;
    await get(SEGMENT);
    const [{ headers: there }, { headers: here, body }] = [await app.ask(path), await ask(edge, path)];
    const { connection: _c, date: _d, 'keep-alive': _k, 'x-powered-by': _x, ...rest } = there;
    expect(here).toMatchObject(rest);
    expect(here['cache-control']).toBe(IMMUTABLE);
    expect(body.toString()).toBe('0123456789');
  });

  it('answers ranges, HEAD and conditional requests from the cache', async () => {
    const { headers } = await get(SEGMENT);
    const part = await get(SEGMENT, { range: 'bytes=2-5' });
    expect([...statusOf(part), part.headers['content-range'], part.body.toString()]).toEqual([
      206,
      'HIT',
      'bytes 2-5/10',
      '2345',
    ]);
    expect(statusOf(await get(SEGMENT, {}, 'HEAD'))).toEqual([200, 'HIT']);
    expect((await get(SEGMENT, { 'if-none-match': headers.etag })).status).toBe(304);
    expect((await get(SEGMENT, { range: 'bytes=10-' })).status).toBe(416);
    expect((await get(SEGMENT, { range: 'bytes=5-', 'if-range': '"other"' })).body.length).toBe(10);
  });

  it('fetches only the requested slices of an original from the origin', async () => {
    const large = `${SONG}/original-fedcba9876543210.flac`;
    await app.put(large, Buffer.alloc(32 * MEBIBYTE, 'la'));
    const before = await app.sentBytes('original');
    const range = `bytes=${20 * MEBIBYTE + 5}-${20 * MEBIBYTE + 104}`;
    for (const cache of ['MISS', 'HIT']) {
      const { status, headers, body } = await get(large, { range });
      expect([status, headers['x-cache'], body.length]).toEqual([206, cache, 100]);
      expect(headers['content-range']).toBe(
        `bytes ${20 * MEBIBYTE + 5}-${20 * MEBIBYTE + 104}/${32 * MEBIBYTE}`,
      );
    }
    expect((await app.sentBytes('original')) - before).toBe(MEBIBYTE);
    const whole = await get(large);
    expect([whole.status, whole.body.length]).toEqual([200, 32 * MEBIBYTE]);
    expect((await get(large, {}, 'HEAD')).headers['content-length']).toBe(String(32 * MEBIBYTE));
  });

  it('caches a playlist gzipped and plain for every spelling of Accept-Encoding', async () => {
    for (const [accepts, encoding] of [
      ['gzip', 'gzip'],
      ['gzip, deflate, br, zstd', 'gzip'],
      ['br;q=1, gzip;q=0.5', 'gzip'],
      ['gzip;q=0', undefined],
      ['', undefined],
      ['br', undefined],
    ] as const) {
      const { status, headers, body } = await get(PLAYLIST, accepts ? { 'accept-encoding': accepts } : {});
      expect([status, headers['content-encoding'], headers.vary]).toEqual([200, encoding, 'Accept-Encoding']);
      expect((encoding ? gunzipSync(body) : body).toString()).toBe(PLAYLIST_TEXT);
    }
    expect(statusOf(await get(PLAYLIST, { 'accept-encoding': 'gzip, br' }))).toEqual([200, 'HIT']);
    expect(statusOf(await get(PLAYLIST))).toEqual([200, 'HIT']);
    expect((await get(PLAYLIST, { 'accept-encoding': 'gzip', range: 'bytes=0-6' })).body.toString()).toBe(
      '#EXTM3U',
    );
  });

  it('does not cache errors', async () => {
    const late = `${SONG}/gabc123def/64k/segment-00777.ts`;
    expect((await get(late)).status).toBe(404);
    await app.put(late, 'now');
    expect(statusOf(await get(late))).toEqual([200, 'MISS']);
  });

  it('sends one request to the origin for 20 simultaneous cache misses', async () => {
    const cold = `${SONG}/gabc123def/64k/segment-00888.ts`;
    await app.put(cold, Buffer.alloc(100_000, 'x'));
    const before = await app.sentBytes('segment');
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(cold)));
    expect(answers.map(({ status, body }) => [status, body.length])).toEqual(
      Array.from({ length: 20 }, () => [200, 100_000]),
    );
    expect((await app.sentBytes('segment')) - before).toBe(100_000);
  });

  it('answers a CORS preflight and rejects POST with 405', async () => {
    const preflight = await ask(edge, `/media/${SEGMENT}`, { origin: 'https://player.example' }, 'OPTIONS');
    expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([
      204,
      'Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control',
    ]);
    const post = await ask(edge, `/media/t/${ticket()}/${SEGMENT}`, {}, 'POST');
    expect([post.status, JSON.parse(post.body.toString()).code]).toEqual([405, 'BAD_INPUT']);
  });

  it('serves covers without a ticket', async () => {
    const { status, body } = await ask(edge, `/media/${COVER}`);
    expect([status, body.toString()]).toEqual([200, 'a picture']);
  });

  it('answers 404 for its internal locations and for paths outside /media', async () => {
    for (const path of [
      `/-/bytes/${SEGMENT}`,
      `/-/text/${PLAYLIST}`,
      '/-/mirror',
      '/',
      '/-/away',
      '/graphql',
    ]) {
      expect((await ask(edge, path)).status).toBe(404);
    }
  });
});

describe('read-ahead of the nginx edge', () => {
  const app = new MediaEndpointTestApp(PROTECTED);
  let edge: NginxEdge;
  const names = Array.from({ length: 20 }, (_, at) => `segment-${String(at).padStart(5, '0')}.ts`);
  const folder = `${SONG}/gahead123/128k`;

  beforeAll(async () => {
    await app.open();
    for (const [at, name] of names.entries())
      await app.put(`${folder}/${name}`, Buffer.alloc(1_000 + at, 'x'));
    await app.put(
      `${folder}/playlist.m3u8`,
      `#EXTM3U\n${names.map((name) => `#EXTINF:4,\n${name}\n`).join('')}`,
    );
    edge = await NginxEdge.open(`http://127.0.0.1:${app.port}`, { ...PROTECTED, EDGE_READ_AHEAD: '4' });
  });
  afterAll(async () => {
    await edge?.close();
    await app.close();
  });
  const get = (key: string) =>
    ask(edge, `/media/t/${ticket()}/${folder}/${key}`, { 'accept-encoding': 'gzip' });
  const origin = () => app.sentBytes('segment');

  it('prefetches EDGE_READ_AHEAD segments after a playlist, and as many again after a segment', async () => {
    expect(statusOf(await get('playlist.m3u8'))).toEqual([200, 'MISS']);
    await eventuallyPasses(async () => expect(await origin()).toBe(1_001 + 1_002 + 1_003 + 1_004));
    expect(statusOf(await get(names[4]!))).toEqual([200, 'HIT']);
    const next = 1_005 + 1_006 + 1_007 + 1_008;
    await eventuallyPasses(async () => expect(await origin()).toBe(1_001 + 1_002 + 1_003 + 1_004 + next));
  });

  it('prefetches the segments that follow a seek', async () => {
    const before = await origin();
    expect(statusOf(await get(names[16]!))).toEqual([200, 'MISS']);
    await eventuallyPasses(async () => expect(await origin()).toBe(before + 1_016 + 1_017 + 1_018 + 1_019));
    // The segment was requested from the origin already; WAIT if its last byte has not arrived yet.
    const [status, served] = statusOf(await get(names[19]!));
    expect(status).toBe(200);
    expect(['HIT', 'WAIT']).toContain(served);
  });

  it('serves cached segments while the origin is down and answers 503 for others', async () => {
    await app.close();
    expect(statusOf(await get(names[2]!))).toEqual([200, 'HIT']);
    const { status, headers, body } = await get(names[10]!);
    expect([status, JSON.parse(body.toString()).code]).toEqual([503, 'UNAVAILABLE']);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' });
  });
});
