import { IMMUTABLE } from '../src/platform/storage/media-storage.js';
import { MEBIBYTE, MediaEndpointTestApp, ORIGINAL, PLAYLIST, SEGMENT, SONG } from './media-endpoint.js';

describe('the media endpoint', () => {
  const app = new MediaEndpointTestApp();

  beforeAll(() => app.open());
  afterAll(() => app.close());

  it('serves a segment that caches may store permanently and any site may play', async () => {
    const { status, headers, body } = await app.get(SEGMENT);
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
    await app.put(`${SONG}/${file}`, '<script>');
    const { status, headers } = await app.get(`${SONG}/${file}`);
    expect([status, headers['content-type']]).toEqual([200, contentType]);
    expect(headers['content-disposition']).toBe(file.startsWith('original') ? 'inline' : undefined);
  });

  it('serves an empty file', async () => {
    const empty = `${SONG}/gabc123def/64k/segment-09999.ts`;
    await app.put(empty, '');
    expect(await app.get(empty)).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
    expect(await app.get(empty, { range: 'bytes=-5' })).toMatchObject({ status: 200 });
    expect(await app.get(empty, { range: 'bytes=0-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': 'bytes */0' },
    });
  });

  describe('asked for a range', () => {
    it.each([
      ['bytes=0-0', '0', 'bytes 0-0/10'],
      ['bytes=2-5', '2345', 'bytes 2-5/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=0-', '0123456789', 'bytes 0-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=-300', '0123456789', 'bytes 0-9/10'],
      ['bytes=5-500', '56789', 'bytes 5-9/10'],
    ])('sends the bytes of %s', async (range, expected, contentRange) => {
      const { status, headers, body } = await app.get(SEGMENT, { range });
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
        const { status, headers, body } = await app.get(SEGMENT, { range });
        expect(status).toBe(416);
        expect(headers).toMatchObject({ 'content-range': 'bytes */10', 'cache-control': 'no-store' });
        expect(JSON.parse(body.toString())).toMatchObject({ code: 'RANGE_NOT_SATISFIABLE' });
      },
    );

    it.each(['bytes=0-1,4-5', 'bytes=5-2', 'bytes=x', 'items=0-1', ''])(
      '%j sends the whole',
      async (range) => {
        const { status, headers, body } = await app.get(SEGMENT, { range });
        expect([status, body.length, headers['content-range']]).toEqual([200, 10, undefined]);
      },
    );

    it('continues an interrupted download only of the same version', async () => {
      const { headers } = await app.get(SEGMENT);
      const range = 'bytes=5-';
      for (const same of [headers.etag, headers['last-modified']]) {
        expect(await app.get(SEGMENT, { range, 'if-range': same })).toMatchObject({ status: 206 });
      }
      for (const other of ['"other"', `W/${headers.etag}`, 'Sun, 06 Nov 1994 08:49:37 GMT']) {
        expect((await app.get(SEGMENT, { range, 'if-range': other })).body.toString()).toBe('0123456789');
      }
    });

    it('sends a range from far inside a large original', async () => {
      const { status, body } = await app.get(ORIGINAL, {
        range: `bytes=${20 * MEBIBYTE}-${21 * MEBIBYTE - 1}`,
      });
      expect([status, body.length]).toEqual([206, MEBIBYTE]);
    });
  });

  describe('asked with a condition', () => {
    it('answers 304 to a matching ETag, with the caching headers and without a body', async () => {
      const { headers } = await app.get(SEGMENT);
      for (const tag of [headers.etag, `W/${headers.etag}`, `"x", ${headers.etag}`, '*']) {
        const answer = await app.get(SEGMENT, { 'if-none-match': tag });
        expect(answer).toMatchObject({
          status: 304,
          headers: { etag: headers.etag, 'cache-control': IMMUTABLE, 'access-control-allow-origin': '*' },
        });
        expect(answer.body.length).toBe(0);
      }
      expect((await app.get(SEGMENT, { 'if-none-match': '"other"' })).status).toBe(200);
    });

    it('answers 304 to the date, unless an ETag differs', async () => {
      const { headers } = await app.get(SEGMENT);
      const since = headers['last-modified'];
      expect((await app.get(SEGMENT, { 'if-modified-since': since })).status).toBe(304);
      expect((await app.get(SEGMENT, { 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT' })).status).toBe(
        200,
      );
      expect((await app.get(SEGMENT, { 'if-modified-since': 'whenever' })).status).toBe(200);
      expect(
        (await app.get(SEGMENT, { 'if-modified-since': since, 'if-none-match': '"other"' })).status,
      ).toBe(200);
    });

    it('answers 304 before it evaluates a range', async () => {
      const { headers } = await app.get(SEGMENT);
      expect((await app.get(SEGMENT, { 'if-none-match': headers.etag, range: 'bytes=500-' })).status).toBe(
        304,
      );
    });

    it('answers 412 when If-Match names another version', async () => {
      const { headers } = await app.get(SEGMENT);
      expect(await app.get(SEGMENT, { 'if-match': '"other"' })).toMatchObject({
        status: 412,
        headers: { 'cache-control': 'no-store' },
      });
      expect((await app.get(SEGMENT, { 'if-match': headers.etag })).status).toBe(200);
    });
  });

  describe('asked by HEAD', () => {
    it.each([
      ['a segment', SEGMENT, {}],
      ['a playlist', PLAYLIST, {}],
      ['a gzipped playlist', PLAYLIST, { 'accept-encoding': 'gzip' }],
      ['an original', ORIGINAL, {}],
    ])('describes %s with the same headers as GET', async (_, key, headers) => {
      const [{ body, ...got }, described] = [await app.get(key, headers), await app.head(key, headers)];
      expect(Number(got.headers['content-length'])).toBe(body.length);
      expect({ ...described.headers, date: '' }).toEqual({ ...got.headers, date: '' });
      expect([described.status, described.body.length]).toEqual([200, 0]);
    });

    it('ignores ranges, evaluates conditions and answers 404 for a missing object', async () => {
      const { status, headers } = await app.head(SEGMENT, { range: 'bytes=0-1' });
      expect([status, headers['content-length']]).toEqual([200, '10']);
      expect((await app.head(SEGMENT, { 'if-none-match': headers.etag })).status).toBe(304);
      expect(await app.head(`${SONG}/gabc123def/64k/segment-77777.ts`)).toMatchObject({
        status: 404,
        headers: { 'cache-control': 'no-store' },
      });
    });
  });

  it('allows players of other sites to request ranges', async () => {
    const { status, headers } = await app.ask(
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
});
