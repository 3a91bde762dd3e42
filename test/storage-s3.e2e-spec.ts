import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Config } from '../src/platform/config/config.js';
import { S3Storage } from '../src/platform/storage/s3/s3-storage.js';
import type { StoreRetryPolicy } from '../src/platform/storage/remote/retry-policy.js';
import { testStorageContract } from './storage-contract.js';
import { MEBIBYTE } from './storage-contract-context.js';
import { testUnreliableStore } from './storage-remote.js';
import { S3TestServer } from './support/s3-server.js';
import { tempDir } from './support/temp-dir.js';

/** Objects per page of a listing. Amazon's has 1,000, which this server would take minutes to store. */
const PAGE = 100;

let server: S3TestServer;
beforeAll(async () => {
  server = await S3TestServer.start({ page: PAGE });
}, 180_000);
afterAll(() => server.close());

/** A bucket that a test has left empty is used again by the next test. */
let empty: string | undefined;

async function emptyBucket(): Promise<string> {
  const bucket = empty ?? `media-${randomBytes(4).toString('hex')}`;
  if (bucket !== empty) await server.createBucket(bucket);
  empty = undefined;
  return bucket;
}

testStorageContract('S3Storage', async () => {
  const bucket = await emptyBucket();
  const storage = new S3Storage(Config.load({ STORAGE: 's3', ...server.env(), S3_BUCKET: bucket }));
  return {
    storage,
    leftovers: () => server.unfinishedUploads(bucket),
    close: async () => {
      storage.onModuleDestroy();
      if ((await server.keys('', bucket)).length === 0) empty = bucket;
    },
  };
});

const stored = (through: string, over: Record<string, string> = {}, retryPolicy?: StoreRetryPolicy) =>
  new S3Storage(Config.load({ STORAGE: 's3', ...server.env(through), ...over }), retryPolicy);

const bucketOfATest = { name: 'media' };
testUnreliableStore('S3Storage', {
  url: () => server.endpoint,
  storage: async (through, retryPolicy) => {
    bucketOfATest.name = await emptyBucket();
    return stored(through, { S3_BUCKET: bucketOfATest.name }, retryPolicy);
  },
  leftovers: () => server.unfinishedUploads(bucketOfATest.name),
  busy: [429],
  idleMs: 1_500,
  page: PAGE,
});

describe('S3Storage', () => {
  const TYPE = { contentType: 'video/mp2t', cacheControl: 'public, max-age=31536000, immutable' };
  let storage: S3Storage;
  const folder = tempDir('s3-spec');
  const head = (Key: string) =>
    server.ask((client) => client.send(new HeadObjectCommand({ Bucket: server.bucket, Key })));

  beforeAll(async () => {
    storage = stored(server.endpoint);
  });
  afterAll(async () => {
    storage.onModuleDestroy();
  });

  it('stores content type and cache control by put and putFile, in one part or several', async () => {
    await writeFile(join(folder, 'small'), 'segment');
    await writeFile(join(folder, 'large'), Buffer.alloc(3 * MEBIBYTE));
    await storage.put('t/short', Readable.from(['x']), TYPE);
    await storage.put('t/long', Readable.from([Buffer.alloc(20 * MEBIBYTE)]), TYPE);
    await storage.putFile('t/small', join(folder, 'small'), TYPE);
    await storage.putFile('t/large', join(folder, 'large'), TYPE);
    for (const key of ['t/short', 't/long', 't/small', 't/large']) {
      expect(await head(key)).toMatchObject({
        ContentType: TYPE.contentType,
        CacheControl: TYPE.cacheControl,
      });
    }
  });

  it('signs a PUT for exactly one size, content type and cache control', async () => {
    const metadata = { contentType: 'audio/mpeg', cacheControl: 'private, no-store' };
    const signed = (key: string, seconds: number) =>
      storage.direct.sign(key, { ...metadata, bytes: 5, seconds });
    const { method, url, headers } = await signed('up/1', 60);
    const put = async (body: string, sent: Record<string, string>) =>
      (await fetch(url, { method, body, headers: sent })).status;
    expect(await put('much more', headers)).toBe(403);
    expect(await put('songs', { ...headers, 'Content-Type': 'text/html' })).toBe(403);
    expect(await put('songs', { ...headers, 'Cache-Control': 'public' })).toBe(403);
    expect(await put('songs', headers)).toBe(200);
    expect(await head('up/1')).toMatchObject({
      ContentType: 'audio/mpeg',
      CacheControl: 'private, no-store',
      ContentLength: 5,
    });
    const late = await signed('up/2', 1);
    await sleep(2_500);
    expect((await fetch(late.url, { method, body: 'songs', headers: late.headers })).status).toBe(403);
  });

  it('copies an object within the bucket, with a content type of its own', async () => {
    await storage.put('copy/from', Readable.from(['song']), TYPE);
    await storage.direct.copy('copy/from', 'copy/to', {
      contentType: 'audio/flac',
      cacheControl: 'no-store',
    });
    expect(await head('copy/to')).toMatchObject({ ContentType: 'audio/flac', CacheControl: 'no-store' });
    await expect(storage.direct.copy('copy/nothing', 'copy/to', TYPE)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('ignores objects with foreign names in the bucket', async () => {
    await server.ask((client) =>
      client.send(new PutObjectCommand({ Bucket: server.bucket, Key: 'mine/.DS_Store', Body: 'x' })),
    );
    await storage.put('mine/song', Readable.from(['x']), TYPE);
    const keys: string[] = [];
    for await (const { key } of storage.list('mine/')) keys.push(key);
    expect(keys).toEqual(['mine/song']);
  });

  it.each([
    [
      'an unknown access key',
      { S3_ACCESS_KEY_ID: 'nobody' },
      /check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY/,
    ],
    ['a wrong secret', { S3_SECRET_ACCESS_KEY: 'wrong' }, /check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY/],
    ['an unknown bucket', { S3_BUCKET: 'no-such-bucket' }, /check S3_BUCKET/],
    ['another region', { S3_REGION: 'eu-west-3' }, /check S3_REGION/],
  ])('refuses to start with %s, in one sentence', async (_, over, sentence) => {
    const wrong = stored(server.endpoint, over as Record<string, string>);
    await expect(wrong.onModuleInit()).rejects.toMatchObject({ message: expect.stringMatching(sentence) });
    wrong.onModuleDestroy();
  });
});
