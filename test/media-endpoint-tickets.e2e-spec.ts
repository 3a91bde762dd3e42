import { IMMUTABLE } from '../src/platform/storage/media-storage.js';
import { signedTicket } from '../src/streaming/stream-ticket.js';
import { MediaEndpointTestApp, ORIGINAL, PLAYLIST, SEGMENT, SONG } from './media-endpoint.js';

const SECRETS = ['a secret that signs, 32 characters', 'one that signed until yesterday, too'].map((text) =>
  text.replaceAll(/[ ,]/g, '-'),
) as [string, string];
const soon = () => Math.floor(Date.now() / 1000) + 60;
const ticket = (secret = SECRETS[0], expiry = soon()) => signedTicket(`${SONG}/`, expiry, secret);
const COVER = `${SONG}/artwork-0123456789abcdef/300.webp`;

describe('the media endpoint of a protected library', () => {
  const app = new MediaEndpointTestApp({
    STREAM_PROTECTION: 'ticket',
    STREAM_TICKET_SECRETS: SECRETS.join(','),
  });

  beforeAll(async () => {
    await app.open();
    await app.put(COVER, 'a picture');
  });
  afterAll(() => app.close());

  it('serves every object of a song with its ticket, as it does to everyone without protection', async () => {
    const t = ticket();
    const segment = await app.get(`t/${t}/${SEGMENT}`);
    expect(segment.body.toString()).toBe('0123456789');
    expect(segment).toMatchObject({
      status: 200,
      headers: {
        'cache-control': IMMUTABLE,
        'content-type': 'video/mp2t',
        etag: expect.stringMatching(/^"/),
      },
    });
    expect(await app.get(`t/${t}/${SEGMENT}`, { range: 'bytes=2-5' })).toMatchObject({
      status: 206,
      headers: { 'content-range': 'bytes 2-5/10' },
    });
    expect((await app.get(`t/${t}/${SEGMENT}`, { 'if-none-match': segment.headers.etag })).status).toBe(304);
    expect(await app.get(`t/${t}/${PLAYLIST}`, { 'accept-encoding': 'gzip' })).toMatchObject({
      status: 200,
      headers: { 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
    });
    expect(await app.head(`t/${t}/${ORIGINAL}`)).toMatchObject({
      status: 200,
      headers: { 'content-length': String(32 * 1024 ** 2) },
    });
  });

  it('gives an object the same ETag under every ticket, so that cached copies stay valid', async () => {
    const tags = [ticket(SECRETS[0], soon()), ticket(SECRETS[0], soon() + 15), ticket(SECRETS[1])].map(
      async (t) => (await app.get(`t/${t}/${SEGMENT}`)).headers.etag,
    );
    expect(new Set(await Promise.all(tags)).size).toBe(1);
  });

  it.each([
    ['without a ticket', SEGMENT, 'TICKET_MISSING'],
    ['without a ticket for the original', ORIGINAL, 'TICKET_MISSING'],
    ['with a forged ticket', `t/${soon()}.${'A'.repeat(22)}/${SEGMENT}`, 'TICKET_INVALID'],
    ['with one that has expired', `t/${ticket(SECRETS[0], soon() - 61)}/${SEGMENT}`, 'TICKET_EXPIRED'],
    [
      'for a song that does not exist',
      'songs/000000000000000000000000/gabc123def/master.m3u8',
      'TICKET_MISSING',
    ],
  ])(
    'refuses a request %s with an error that other sites can read and no cache stores',
    async (_, path, code) => {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers, body } = await app.ask(`/media/${path}`, { range: 'bytes=0-1' }, method);
        expect(status).toBe(403);
        expect(headers).toMatchObject({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' });
        if (method === 'GET') {
          const { message, ...rest } = JSON.parse(body.toString());
          expect(rest).toEqual({ code });
          expect(message).toMatch(/^This .+\.$/);
        }
      }
    },
  );

  it('serves covers without a ticket, under one URL', async () => {
    expect((await app.get(COVER)).status).toBe(200);
    expect((await app.get(`t/${ticket()}/${COVER}`)).status).toBe(404);
  });
});

describe('the media endpoint of an open library', () => {
  const app = new MediaEndpointTestApp();
  beforeAll(() => app.open());
  afterAll(() => app.close());

  it('answers 404 to URLs with a ticket', async () => {
    expect((await app.get(SEGMENT)).status).toBe(200);
    expect(await app.get(`t/${ticket()}/${SEGMENT}`)).toMatchObject({
      status: 404,
      headers: { 'cache-control': 'no-store' },
    });
  });
});
