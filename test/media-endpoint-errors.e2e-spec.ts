import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { IMMUTABLE, type MediaStorage } from '../src/platform/storage/media-storage.js';
import { transfer } from '../src/streaming/media-transfer.js';
import { eventuallyPasses } from './support/eventually.js';
import {
  MEBIBYTE,
  MediaEndpointTestApp,
  ORIGINAL,
  PLAYLIST,
  PLAYLIST_TEXT,
  SEGMENT,
  SONG,
} from './media-endpoint.js';

describe('the media endpoint under difficult conditions', () => {
  const app = new MediaEndpointTestApp();

  beforeAll(() => app.open());
  afterAll(() => app.close());

  describe('a playlist', () => {
    it('is sent gzipped to clients that accept it', async () => {
      const plain = await app.get(PLAYLIST);
      const { headers, body } = await app.get(PLAYLIST, { 'accept-encoding': 'gzip, deflate, br' });
      expect(gunzipSync(body).toString()).toBe(PLAYLIST_TEXT);
      expect(headers).toMatchObject({
        'content-encoding': 'gzip',
        'content-length': String(body.length),
        vary: 'Accept-Encoding',
        'cache-control': IMMUTABLE,
      });
      expect(body.length).toBeLessThan(PLAYLIST_TEXT.length / 5);
      expect(headers.etag).toMatch(/^"[\w-]+-gz"$/);
      expect(headers.etag).not.toBe(plain.headers.etag);
      expect(
        await app.get(PLAYLIST, { 'accept-encoding': 'gzip', 'if-none-match': headers.etag }),
      ).toMatchObject({
        status: 304,
        headers: { vary: 'Accept-Encoding' },
      });
    });

    it.each([undefined, 'identity', 'gzip;q=0', 'gzip;q=0, *', 'br', 'identity, gzip;q=0.5'])(
      'travels as it is to who says %s',
      async (accepted) => {
        const { headers, body } = await app.get(PLAYLIST, accepted ? { 'accept-encoding': accepted } : {});
        expect(body.toString()).toBe(PLAYLIST_TEXT);
        expect(headers).not.toHaveProperty('content-encoding');
        expect(headers.vary).toBe('Accept-Encoding');
      },
    );

    it('is never gzipped in a range response', async () => {
      const { status, headers, body } = await app.get(PLAYLIST, {
        'accept-encoding': 'gzip',
        range: 'bytes=0-6',
      });
      expect([status, body.toString(), headers['content-encoding']]).toEqual([206, '#EXTM3U', undefined]);
    });

    it('is 404 after its removal, cached or not', async () => {
      const key = `${SONG}/gremoved1/master.m3u8`;
      await app.put(key, PLAYLIST_TEXT);
      expect((await app.get(key, { 'accept-encoding': 'gzip' })).status).toBe(200);
      await app.storage.remove(`${SONG}/gremoved1/`);
      expect((await app.get(key, { 'accept-encoding': 'gzip' })).status).toBe(404);
    });

    it('is the only kind that is gzipped: segments, covers and originals are compressed already', async () => {
      const { headers } = await app.get(SEGMENT, { 'accept-encoding': 'gzip' });
      expect(headers).not.toHaveProperty('content-encoding');
    });
  });

  describe('asked for a missing or private object', () => {
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
    ])('answers %.80s with an uncacheable 404', async (path) => {
      await app.put(key, PLAYLIST_TEXT);
      const { status, headers, body } = await app.ask(path);
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
        const { status, headers } = await app.ask(path);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status).toBeLessThan(500);
        expect(headers['cache-control'] ?? '').not.toContain('immutable');
      },
    );

    it('ignores a query string', async () => {
      expect((await app.ask(`/media/${SEGMENT}?cache=bust`)).body.toString()).toBe('0123456789');
    });
  });

  describe('with a failing storage', () => {
    const sabotage = <K extends 'open' | 'stat'>(verb: K, how: MediaStorage[K]) => {
      const original = app.storage[verb];
      app.storage[verb] = how;
      return () => {
        app.storage[verb] = original;
      };
    };

    it('answers a failure before the first byte with an uncacheable error', async () => {
      const restore = sabotage('open', () => Promise.reject(new Error('EBADF /var/data/media')));
      const { status, headers, body } = await app.get(SEGMENT);
      restore();
      expect([status, headers['cache-control']]).toEqual([500, 'no-store']);
      expect(body.toString()).not.toContain('/var/data');
    });

    it('aborts the connection when reading fails mid-file', async () => {
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
      await expect(app.get(SEGMENT)).rejects.toThrow();
      restore();
      expect((await app.get(SEGMENT)).status).toBe(200);
    });
  });

  describe('with clients that disconnect early', () => {
    /** Sends a request and disconnects after `chunks` of the response; 0: before the server has opened the file. */
    const hangUpAfter = (chunks: number, key: string) =>
      new Promise<void>((resolve) => {
        const socket = connect(app.port, '127.0.0.1');
        let seen = 0;
        socket.on('error', () => undefined).on('close', () => resolve());
        socket.on('data', () => ++seen === chunks && socket.destroy());
        socket.write(`GET /media/${key} HTTP/1.1\r\nHost: x\r\n\r\n`, () => chunks === 0 && socket.destroy());
      });

    it('keeps no file open after two hundred of them', async () => {
      for (let round = 0; round < 10; round++) {
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => hangUpAfter(i % 4, i % 4 === 1 ? SEGMENT : ORIGINAL)),
        );
      }
      await app.expectAllClosed();
    });

    it('closes the file at the disconnect, not at the end of the song', async () => {
      await app.expectAllClosed();
      const socket = connect(app.port, '127.0.0.1');
      socket.write(`GET /media/${ORIGINAL} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await once(socket, 'readable');
      expect(await app.openMedia()).toHaveLength(1);
      socket.destroy();
      await app.expectAllClosed();
    });

    it('counts the sent bytes, not the requested ones', async () => {
      await app.expectAllClosed();
      const before = await app.sentBytes('original');
      await hangUpAfter(1, ORIGINAL);
      await eventuallyPasses(async () => expect(await app.sentBytes('original')).toBeGreaterThan(before));
      const abandoned = (await app.sentBytes('original')) - before;
      expect(abandoned).toBeLessThan(16 * MEBIBYTE);
      await app.get(ORIGINAL);
      await eventuallyPasses(async () =>
        expect((await app.sentBytes('original')) - before - abandoned).toBe(32 * MEBIBYTE),
      );
    });

    it('closes the file after a timeout when a client stays connected but reads nothing', async () => {
      await app.expectAllClosed();
      const server = createServer((_, response) => {
        void app.storage.open(ORIGINAL).then(({ body }) => transfer(body, response, 1000));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'readable');
      expect(await app.openMedia()).toHaveLength(1);
      await app.expectAllClosed();
      socket.destroy();
      server.close();
    });
  });

  it('serves two hundred complete files at once, and keeps none open', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        app.get(
          [SEGMENT, PLAYLIST][i % 2] as string,
          i % 3 === 0 ? { range: 'bytes=1-3' } : { 'accept-encoding': 'gzip' },
        ),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 206]));
    await app.expectAllClosed();
  });
});
