import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { createServer, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { DomainErrorFilter } from '../src/common/domain-error.filter.js';
import { Config } from '../src/config/config.js';
import { Metrics } from '../src/metrics/metrics.js';
import { MediaStorage } from '../src/storage/media-storage.js';
import { StorageModule } from '../src/storage/storage.module.js';
import { MediaController } from '../src/streaming/media.controller.js';
import { transfer } from '../src/streaming/media-transfer.js';

const SONG = 'songs/65f0c0ffee65f0c0ffee65f0';
const SEGMENT = `${SONG}/gabc123def/64k/segment-00000.ts`;
const PLAYLIST = `${SONG}/gabc123def/64k/playlist.m3u8`;
const ORIGINAL = `${SONG}/original-0123456789abcdef.mp3`;
const TYPE = { contentType: 'application/octet-stream', cacheControl: 'no-store' };
const IMMUTABLE = 'public, max-age=31536000, immutable';
const MEBIBYTE = 1024 * 1024;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

class Configured {}
const configured = (env: NodeJS.ProcessEnv): DynamicModule => ({
  module: Configured,
  global: true,
  providers: [{ provide: Config, useValue: Config.load(env) }],
  exports: [Config],
});

describe('the media door', () => {
  let data: string;
  let app: INestApplication;
  let storage: MediaStorage;
  let registry: Registry;
  let port: number;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'media-door-'));
    registry = new Registry();
    const module = await Test.createTestingModule({
      imports: [configured({ DATA_DIR: data }), StorageModule],
      controllers: [MediaController],
      providers: [
        { provide: APP_FILTER, useClass: DomainErrorFilter },
        { provide: Metrics, useValue: new Metrics(registry) },
      ],
    }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    port = (app.getHttpServer().address() as AddressInfo).port;
    storage = module.get(MediaStorage);
    await put(SEGMENT, '0123456789');
    await put(PLAYLIST, playlist);
    await put(ORIGINAL, Buffer.alloc(32 * MEBIBYTE, 'la'));
  });
  afterAll(async () => {
    await app.close();
    await rm(data, { recursive: true, force: true });
  });

  const playlist = `#EXTM3U\n${'#EXTINF:6.013967,\nsegment-00000.ts\n'.repeat(200)}#EXT-X-ENDLIST\n`;
  const put = (key: string, content: string | Buffer) =>
    storage.put(key, Readable.from([Buffer.from(content)]), TYPE);

  /** Raw, because fetch would tidy up the paths and the encodings we want to see arrive. */
  const ask = (path: string, headers: OutgoingHttpHeaders = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      const asking = request({ port, host: '127.0.0.1', path, headers, method }, (response) => {
        buffer(response).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      });
      asking.on('error', reject).end();
    });
  const get = (key: string, headers?: OutgoingHttpHeaders) => ask(`/media/${key}`, headers);
  const head = (key: string, headers?: OutgoingHttpHeaders) => ask(`/media/${key}`, headers, 'HEAD');

  /** Media files this process holds open. */
  async function openMedia(): Promise<string[]> {
    const links = await Promise.all(
      (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
    );
    return links.filter((link) => link.startsWith(join(data, 'media')));
  }
  async function expectAllClosed(): Promise<void> {
    for (let i = 0; i < 100 && (await openMedia()).length > 0; i++) await sleep(20);
    expect(await openMedia()).toEqual([]);
  }
  async function sentBytes(kind: string): Promise<number> {
    const { values } = await registry.getSingleMetric('media_sent_bytes_total')!.get();
    return values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
  }

  it('hands out a segment that every cache may keep for ever and every site may play', async () => {
    const { status, headers, body } = await get(SEGMENT);
    const { date, etag, 'last-modified': modified, ...rest } = headers;
    expect(status).toBe(200);
    expect(body.toString()).toBe('0123456789');
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    expect(Date.parse(modified ?? '')).toBeGreaterThan(Date.now() - 60_000);
    expect(date).toBeDefined();
    expect(rest).toMatchObject({
      'cache-control': IMMUTABLE,
      'content-type': 'video/mp2t',
      'content-length': '10',
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'Content-Length, Content-Range, ETag',
      'cross-origin-resource-policy': 'cross-origin',
      'timing-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    expect(headers).not.toHaveProperty('set-cookie');
    expect(headers).not.toHaveProperty('vary');
    expect(headers).not.toHaveProperty('content-disposition');
  });

  it.each([
    ['gabc123def/master.m3u8', 'application/vnd.apple.mpegurl'],
    ['gabc123def/64k/segment-00001.ts', 'video/mp2t'],
    ['gabc123def/64k/segment-00001.m4s', 'audio/mp4'],
    ['gabc123def/64k/init.mp4', 'audio/mp4'],
    ['artwork-0123456789abcdef/300.webp', 'image/webp'],
    ['artwork-0123456789abcdef/300.jpg', 'image/jpeg'],
    ['original-aaaaaaaaaaaaaaaa.flac', 'audio/flac'],
    ['original-aaaaaaaaaaaaaaaa.html', 'application/octet-stream'],
  ])('serves %s as %s', async (file, contentType) => {
    await put(`${SONG}/${file}`, '<script>');
    const { status, headers } = await get(`${SONG}/${file}`);
    expect([status, headers['content-type']]).toEqual([200, contentType]);
    expect(headers['content-disposition']).toBe(file.startsWith('original') ? 'inline' : undefined);
  });

  it('serves an empty file', async () => {
    const empty = `${SONG}/gabc123def/64k/segment-09999.ts`;
    await put(empty, '');
    expect(await get(empty)).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
    expect(await get(empty, { range: 'bytes=-5' })).toMatchObject({ status: 200 });
    expect(await get(empty, { range: 'bytes=0-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */0' },
    });
  });

  describe('asked for a part', () => {
    it.each([
      ['bytes=0-0', '0', 'bytes 0-0/10'],
      ['bytes=2-5', '2345', 'bytes 2-5/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=0-', '0123456789', 'bytes 0-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=-300', '0123456789', 'bytes 0-9/10'],
      ['bytes=5-500', '56789', 'bytes 5-9/10'],
    ])('%s sends it', async (range, expected, contentRange) => {
      const { status, headers, body } = await get(SEGMENT, { range });
      expect(body.toString()).toBe(expected);
      expect(status).toBe(206);
      expect(headers).toMatchObject({
        'content-range': contentRange,
        'content-length': String(expected.length),
        'cache-control': IMMUTABLE,
        'content-type': 'video/mp2t',
      });
    });

    it.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])(
      '%s it does not have: 416, not to be kept',
      async (range) => {
        const { status, headers, body } = await get(SEGMENT, { range });
        expect(status).toBe(416);
        expect(headers).toMatchObject({ 'content-range': 'bytes */10', 'cache-control': 'no-store' });
        expect(JSON.parse(body.toString())).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
      },
    );

    it.each(['bytes=0-1,4-5', 'bytes=5-2', 'bytes=x', 'items=0-1', ''])(
      '%j sends the whole',
      async (range) => {
        const { status, headers, body } = await get(SEGMENT, { range });
        expect([status, body.length, headers['content-range']]).toEqual([200, 10, undefined]);
      },
    );

    it('continues an interrupted download of the same version only', async () => {
      const { headers } = await get(SEGMENT);
      const range = 'bytes=5-';
      for (const same of [headers.etag, headers['last-modified']]) {
        expect(await get(SEGMENT, { range, 'if-range': same })).toMatchObject({ status: 206 });
      }
      for (const other of ['"other"', `W/${headers.etag}`, 'Sun, 06 Nov 1994 08:49:37 GMT']) {
        expect((await get(SEGMENT, { range, 'if-range': other })).body.toString()).toBe('0123456789');
      }
    });

    it('from deep inside a large original, sends those bytes', async () => {
      const { status, body } = await get(ORIGINAL, { range: `bytes=${20 * MEBIBYTE}-${21 * MEBIBYTE - 1}` });
      expect([status, body.length]).toEqual([206, MEBIBYTE]);
    });
  });

  describe('asked by somebody who has it already', () => {
    it('answers 304 to the tag, with the caching rules and without a body', async () => {
      const { headers } = await get(SEGMENT);
      for (const tag of [headers.etag, `W/${headers.etag}`, `"x", ${headers.etag}`, '*']) {
        const answer = await get(SEGMENT, { 'if-none-match': tag });
        expect(answer).toMatchObject({
          status: 304,
          headers: { etag: headers.etag, 'cache-control': IMMUTABLE, 'access-control-allow-origin': '*' },
        });
        expect(answer.body.length).toBe(0);
      }
      expect((await get(SEGMENT, { 'if-none-match': '"other"' })).status).toBe(200);
    });

    it('answers 304 to the date, unless a tag says otherwise', async () => {
      const { headers } = await get(SEGMENT);
      const since = headers['last-modified'];
      expect((await get(SEGMENT, { 'if-modified-since': since })).status).toBe(304);
      expect((await get(SEGMENT, { 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' })).status).toBe(200);
      expect((await get(SEGMENT, { 'if-modified-since': 'whenever' })).status).toBe(200);
      expect((await get(SEGMENT, { 'if-modified-since': since, 'if-none-match': '"other"' })).status).toBe(
        200,
      );
    });

    it('answers 304 before it thinks about ranges', async () => {
      const { headers } = await get(SEGMENT);
      expect((await get(SEGMENT, { 'if-none-match': headers.etag, range: 'bytes=500-' })).status).toBe(304);
    });

    it('answers 412 when another version was demanded', async () => {
      const { headers } = await get(SEGMENT);
      expect(await get(SEGMENT, { 'if-match': '"other"' })).toMatchObject({
        status: 412,
        headers: { 'cache-control': 'no-store' },
      });
      expect((await get(SEGMENT, { 'if-match': headers.etag })).status).toBe(200);
    });
  });

  describe('asked by HEAD', () => {
    it.each([
      ['a segment', SEGMENT, {}],
      ['a playlist', PLAYLIST, {}],
      ['a gzipped playlist', PLAYLIST, { 'accept-encoding': 'gzip' }],
      ['an original', ORIGINAL, {}],
    ])('describes %s exactly as GET would', async (_, key, headers) => {
      const [{ body, ...got }, described] = [await get(key, headers), await head(key, headers)];
      expect(Number(got.headers['content-length'])).toBe(body.length);
      expect({ ...described.headers, date: '' }).toEqual({ ...got.headers, date: '' });
      expect([described.status, described.body.length]).toEqual([200, 0]);
    });

    it('ignores ranges, knows conditions and finds nothing where nothing is', async () => {
      const { status, headers } = await head(SEGMENT, { range: 'bytes=0-1' });
      expect([status, headers['content-length']]).toEqual([200, '10']);
      expect((await head(SEGMENT, { 'if-none-match': headers.etag })).status).toBe(304);
      expect(await head(`${SONG}/gabc123def/64k/segment-77777.ts`)).toMatchObject({
        status: 404,
        headers: { 'cache-control': 'no-store' },
      });
    });
  });

  describe('a playlist', () => {
    it('travels gzipped to whoever takes that', async () => {
      const plain = await get(PLAYLIST);
      const { headers, body } = await get(PLAYLIST, { 'accept-encoding': 'gzip, deflate, br' });
      expect(gunzipSync(body).toString()).toBe(playlist);
      expect(headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-length': String(body.length),
        vary: 'Accept-Encoding',
        'cache-control': IMMUTABLE,
      });
      expect(body.length).toBeLessThan(playlist.length / 5);
      expect(headers.etag).toMatch(/^"[\w-]+-gz"$/);
      expect(headers.etag).not.toBe(plain.headers.etag);
      expect(await get(PLAYLIST, { 'accept-encoding': 'gzip', 'if-none-match': headers.etag })).toMatchObject(
        {
          status: 304,
          headers: { vary: 'Accept-Encoding' },
        },
      );
    });

    it.each([undefined, 'identity', 'gzip;q=0', 'gzip;q=0, *', 'br', 'identity, gzip;q=0.5'])(
      'travels as it is to who says %s',
      async (accepted) => {
        const { headers, body } = await get(PLAYLIST, accepted ? { 'accept-encoding': accepted } : {});
        expect(body.toString()).toBe(playlist);
        expect(headers).not.toHaveProperty('content-encoding');
        expect(headers.vary).toBe('Accept-Encoding');
      },
    );

    it('is never gzipped in part', async () => {
      const { status, headers, body } = await get(PLAYLIST, {
        'accept-encoding': 'gzip',
        range: 'bytes=0-6',
      });
      expect([status, body.toString(), headers['content-encoding']]).toEqual([206, '#EXTM3U', undefined]);
    });

    it('is gone when it was removed, remembered or not', async () => {
      const key = `${SONG}/gremoved1/master.m3u8`;
      await put(key, playlist);
      expect((await get(key, { 'accept-encoding': 'gzip' })).status).toBe(200);
      await storage.remove(`${SONG}/gremoved1/`);
      expect((await get(key, { 'accept-encoding': 'gzip' })).status).toBe(404);
    });

    it('alone is gzipped: segments, covers and originals are dense already', async () => {
      const { headers } = await get(SEGMENT, { 'accept-encoding': 'gzip' });
      expect(headers).not.toHaveProperty('content-encoding');
    });
  });

  describe('asked for what is not there or not public', () => {
    const key = `${SONG}/gabc123def/master.m3u8`;

    it.each([
      `/media/${SONG}/gabc123def/64k/segment-88888.ts`,
      '/media/',
      '/media/.incoming/x',
      '/media/../../../../etc/passwd',
      `/media/${SONG}/../../../etc/passwd`,
      `/media/${SONG}/gabc123def/../gabc123def/master.m3u8`,
      '/media/..%2f..%2fetc/passwd',
      '/media/%2e%2e/%2e%2e/etc/passwd',
      '/media/%252e%252e/etc/passwd',
      `/media/${SONG}%2fgabc123def/master.m3u8`,
      `/media/${SONG}/gabc123def/master%2em3u8`,
      `/media/${key}%00`,
      `/media/${key}%00.ts`,
      `/media/${key}/`,
      `/media//${key}`,
      `/media/${key}%20`,
      `/media/${key.replaceAll('/', '\\')}`,
      `/media/${SONG.toUpperCase()}/gabc123def/master.m3u8`,
      `/MEDIA/${key}`,
      `/media/${SONG}/gabc123def`,
      `/media/${'a/'.repeat(4000)}`,
    ])('%.80s: 404, never kept', async (path) => {
      await put(key, playlist);
      const { status, headers, body } = await ask(path);
      expect([status, headers['cache-control'] ?? 'no-store']).toEqual([404, 'no-store']);
      expect(body.toString()).not.toContain('root:');
      if (path.startsWith('/media/songs')) {
        expect(JSON.parse(body.toString())).toEqual({
          code: 'NOT_FOUND',
          message: 'This media file does not exist.',
        });
        expect(headers['access-control-allow-origin']).toBe('*');
      }
    });

    it.each(['/media/%', '/media/%zz', '/media/%ff%fe', '/media/%c0%ae%c0%ae/etc/passwd'])(
      '%s is not even a path',
      async (path) => {
        const { status, headers } = await ask(path);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
        expect(headers['cache-control'] ?? '').not.toContain('immutable');
      },
    );

    it('ignores what follows a question mark', async () => {
      expect((await ask(`/media/${SEGMENT}?cache=bust`)).body.toString()).toBe('0123456789');
    });
  });

  it('lets players of other sites ask for parts', async () => {
    const { status, headers } = await ask(
      `/media/${SEGMENT}`,
      { origin: 'https://player.example', 'access-control-request-headers': 'range' },
      'OPTIONS',
    );
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD, OPTIONS',
      'access-control-allow-headers': expect.stringContaining('Range'),
      'access-control-max-age': '86400',
    });
  });

  describe('when a storage fails', () => {
    const sabotage = <K extends 'open' | 'stat'>(verb: K, how: MediaStorage[K]) => {
      const original = storage[verb];
      storage[verb] = how;
      return () => {
        storage[verb] = original;
      };
    };

    it('a failure before the first byte is an error nobody keeps', async () => {
      const restore = sabotage('open', () => Promise.reject(new Error('EBADF /var/data/media')));
      const { status, headers, body } = await get(SEGMENT);
      restore();
      expect([status, headers['cache-control']]).toEqual([500, 'no-store']);
      expect(body.toString()).not.toContain('/var/data');
    });

    it('a failure in mid-file cuts the line rather than pass a part for the whole', async () => {
      const restore = sabotage('open', async () => ({
        bytes: 1000,
        modifiedAt: new Date(),
        body: Readable.from(
          (async function* () {
            yield Buffer.alloc(500);
            await sleep(20);
            throw new Error('disk error');
          })(),
        ),
      }));
      await expect(get(SEGMENT)).rejects.toThrow();
      restore();
      expect((await get(SEGMENT)).status).toBe(200);
    });
  });

  describe('left early', () => {
    /** Asks, reads a little, hangs up after a while. */
    const hangUp = (key: string, afterMs: number, line = `GET /media/${key} HTTP/1.1`) =>
      new Promise<void>((resolve) => {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => undefined).on('close', () => resolve());
        socket.on('data', () => socket.pause());
        socket.write(`${line}\r\nHost: x\r\n\r\n`);
        setTimeout(() => socket.destroy(), afterMs);
      });

    it('two hundred times, keeps no file open', async () => {
      for (let round = 0; round < 10; round++) {
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => hangUp(i % 4 === 0 ? SEGMENT : ORIGINAL, i * 2)),
        );
      }
      await expectAllClosed();
    });

    it('closes the file at once, not when somebody notices', async () => {
      const leaving = hangUp(ORIGINAL, 150);
      await sleep(75);
      expect(await openMedia()).toHaveLength(1);
      await leaving;
      await sleep(50);
      expect(await openMedia()).toEqual([]);
    });

    it('counts what was sent and not what was asked for', async () => {
      await expectAllClosed();
      await sleep(50);
      const before = await sentBytes('original');
      await hangUp(ORIGINAL, 100);
      await expectAllClosed();
      await sleep(50);
      const abandoned = (await sentBytes('original')) - before;
      expect(abandoned).toBeGreaterThan(0);
      expect(abandoned).toBeLessThan(16 * MEBIBYTE);
      await get(ORIGINAL);
      await sleep(50);
      expect((await sentBytes('original')) - before - abandoned).toBe(32 * MEBIBYTE);
    });

    it('by one who stays but takes nothing, gives the file back after a while', async () => {
      const server = createServer((_, response) => {
        void storage.open(ORIGINAL).then(({ body }) => transfer(body, response, 200));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.pause().write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await sleep(100);
      expect(await openMedia()).toHaveLength(1);
      await expectAllClosed();
      socket.destroy();
      server.close();
    });
  });

  it('serves two hundred listeners at once, whole, and keeps no file open', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        get(
          [SEGMENT, PLAYLIST][i % 2] as string,
          i % 3 === 0 ? { range: 'bytes=1-3' } : { 'accept-encoding': 'gzip' },
        ),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 206]));
    await expectAllClosed();
  });
});
