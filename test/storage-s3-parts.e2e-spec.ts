import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CreateMultipartUploadCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { Config } from '../src/platform/config/config.js';
import { DEFAULT_RETRY_POLICY } from '../src/platform/storage/remote/retry-policy.js';
import { S3Bucket } from '../src/platform/storage/s3/s3-bucket.js';
import { S3Multipart } from '../src/platform/storage/s3/s3-multipart.js';
import { S3Storage } from '../src/platform/storage/s3/s3-storage.js';
import { MEBIBYTE } from './storage-contract-context.js';
import { FaultyConnection, type Fault } from './support/faulty-connection.js';
import './support/one-realm.js';
import { S3TestServer } from './support/s3-server.js';
import { tempDir } from './support/temp-dir.js';

const TYPE = { contentType: 'audio/flac', cacheControl: 'no-store' };
const NO_SUCH_UPLOAD = {
  status: 404,
  body: '<?xml version="1.0"?><Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>',
};

describe('large objects in S3', () => {
  const song = randomBytes(12 * MEBIBYTE);
  const retryPolicy = {
    ...DEFAULT_RETRY_POLICY,
    attempts: 6,
    firstPauseMs: 10,
    idleMs: 1_000,
    copyIdleMs: 2_500,
  };
  let server: S3TestServer;
  let connection: FaultyConnection;
  let storage: S3Storage;
  const folder = tempDir('s3-parts');

  const head = (Key: string) =>
    server.ask((client) => client.send(new HeadObjectCommand({ Bucket: server.bucket, Key })));
  const read = async (key: string) => buffer((await storage.open(key)).body);
  const asked = (pattern: RegExp) =>
    connection.requests.filter(({ method, path }) => pattern.test(`${method} ${path}`)).length;

  beforeAll(async () => {
    server = await S3TestServer.start();
    await writeFile(join(folder, 'song'), song);
  }, 180_000);
  afterAll(async () => {
    await server?.close();
  });
  beforeEach(async () => {
    connection = await FaultyConnection.to(server.endpoint);
    const config = Config.load({ STORAGE: 's3', ...server.env(connection.url) });
    storage = new S3Storage(config, retryPolicy, 5 * MEBIBYTE);
  });
  afterEach(async () => {
    storage.onModuleDestroy();
    await connection.close();
    expect(await server.unfinishedUploads()).toEqual([]);
  });

  it('are copied by one request, also while the store takes longer than the idle timeout', async () => {
    await storage.put('songs/from', Readable.from(['song']), TYPE);
    connection.lateMs = 1_500;
    connection.inject(['late'], /PUT .*songs\/to/);
    await storage.direct.copy('songs/from', 'songs/to', TYPE);
    expect(asked(/PUT .*songs\/to/)).toBe(1);
    expect((await read('songs/to')).toString()).toBe('song');
  });

  it('are copied at most twice when the store never confirms the copy', async () => {
    await storage.put('songs/from', Readable.from(['song']), TYPE);
    connection.inject(Array<Fault>(20).fill('hang'), /PUT .*songs\/never/);
    await expect(storage.direct.copy('songs/from', 'songs/never', TYPE)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(asked(/PUT .*songs\/never/)).toBe(2);
  });

  it('are stored and copied in parts, with their content type, although parts fail', async () => {
    connection.inject([503, 'lose'], /PUT .*partNumber/);
    await storage.putFile('songs/large', join(folder, 'song'), TYPE);
    expect((await read('songs/large')).equals(song)).toBe(true);
    connection.inject([503, 'lose'], /PUT .*partNumber/);
    await storage.direct.copy('songs/large', 'songs/copy', { ...TYPE, contentType: 'audio/mpeg' });
    expect((await read('songs/copy')).equals(song)).toBe(true);
    expect(await head('songs/large')).toMatchObject({ ContentType: 'audio/flac', CacheControl: 'no-store' });
    expect(await head('songs/copy')).toMatchObject({ ContentType: 'audio/mpeg', CacheControl: 'no-store' });
    expect(asked(/PUT .*songs\/copy.*partNumber/)).toBeGreaterThanOrEqual(3);
  });

  it('leave nothing behind when storing or copying them failed', async () => {
    await storage.putFile('songs/source', join(folder, 'song'), TYPE);
    connection.inject(Array<Fault>(60).fill(503), /PUT .*partNumber=2/);
    const doomed = [
      () => storage.putFile('songs/doomed', join(folder, 'song'), TYPE),
      () => storage.direct.copy('songs/source', 'songs/doomed', TYPE),
    ];
    for (const attempt of doomed) {
      const before = asked(/PUT .*partNumber=2/);
      await expect(attempt()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(asked(/PUT .*partNumber=2/) - before).toBe(retryPolicy.attempts);
    }
    await expect(storage.stat('songs/doomed')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('count as stored when the confirmation was lost and the retry gets NoSuchUpload', async () => {
    connection.inject(['lose', NO_SUCH_UPLOAD], /POST .*uploadId/);
    await storage.put('songs/stored', Readable.from([song]), TYPE);
    expect((await read('songs/stored')).equals(song)).toBe(true);
  });

  it('fail with a reason when the store has dropped their upload meanwhile', async () => {
    connection.inject([503, NO_SUCH_UPLOAD], /POST .*uploadId/);
    await expect(storage.put('songs/dropped', Readable.from([song]), TYPE)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/dropped an upload/),
    });
  });

  it('are stored although a lost CreateMultipartUpload cannot be looked up', async () => {
    connection.inject(['lose', null, 403], /(POST|GET) .*[?&]uploads/);
    await storage.put('songs/begun-twice', Readable.from([song]), TYPE);
    expect(connection.pendingFaults).toBe(0);
    expect((await read('songs/begun-twice')).equals(song)).toBe(true);
    await swept(Date.now() + 25 * 3600_000);
  });

  it('that were never completed are swept after a day, only below the server’s own prefixes', async () => {
    const begun = [
      'songs/1/a',
      'songs/1/a',
      'songs/1/b',
      'albums/1/c',
      'incoming/1/file',
      'backups/of-others',
      'x',
    ];
    await server.ask(async (client) => {
      for (const Key of begun) {
        await client.send(new CreateMultipartUploadCommand({ Bucket: server.bucket, Key }));
      }
    });
    await swept(Date.now() + 23 * 3600_000);
    expect(await server.unfinishedUploads()).toHaveLength(begun.length);
    await swept(Date.now() + 25 * 3600_000);
    expect(await server.unfinishedUploads()).toEqual(['backups/of-others', 'x']);
    await swept(Date.now() + 25 * 3600_000, ['backups/', 'x']);
  });

  /** Sweeps like at a start, but at the given time and with pages of two uploads. */
  async function swept(now: number, folders?: readonly string[]): Promise<void> {
    const bucket = new S3Bucket(Config.load({ STORAGE: 's3', ...server.env() }), retryPolicy);
    bucket.writing.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === 'ListMultipartUploadsCommand') Object.assign(args.input, { MaxUploads: 2 });
          return next(args);
        },
      { step: 'initialize' },
    );
    await new S3Multipart(bucket).sweep(now, folders);
    bucket.destroy();
  }
});
