import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { Config } from '../src/platform/config/config.js';
import { CloudinaryStorage } from '../src/platform/storage/cloudinary/cloudinary-storage.js';
import type { StoreRetryPolicy } from '../src/platform/storage/remote/retry-policy.js';
import { testStorageContract } from './storage-contract.js';
import { testUnreliableStore } from './storage-remote.js';
import { CloudinaryTestServer } from './support/cloudinary-server.js';
import { FaultyConnection } from './support/faulty-connection.js';
import { programPath } from './support/program.js';
import { tempDir } from './support/temp-dir.js';

testStorageContract('CloudinaryStorage', async () => {
  const server = await CloudinaryTestServer.start();
  const storage = new CloudinaryStorage(Config.load({ STORAGE: 'cloudinary', ...server.env() }));
  return {
    storage,
    leftovers: () => Promise.resolve([]),
    close: async () => {
      storage.onModuleDestroy();
      await server.close();
    },
  };
});

describe('CloudinaryStorage', () => {
  const TYPE = { contentType: 'video/mp2t', cacheControl: 'no-store' };
  let server: CloudinaryTestServer;
  const stored = (over: Record<string, string> = {}, retryPolicy?: StoreRetryPolicy, through = server.url) =>
    new CloudinaryStorage(
      Config.load({ STORAGE: 'cloudinary', ...server.env(through), ...over }),
      retryPolicy,
    );

  beforeAll(async () => {
    server = await CloudinaryTestServer.start();
  });
  afterAll(() => server.close());

  testUnreliableStore('CloudinaryStorage', {
    url: () => server.url,
    storage: async (through, retryPolicy) => {
      await stored().remove('s/');
      return stored({}, retryPolicy, through);
    },
    leftovers: () => Promise.resolve([]),
    busy: [420, 429, 499],
    idleMs: 1_000,
    page: 1_000,
  });

  it.each([
    ['an unknown key', 'cloudinary://000:abcdefghijklmnopqrstuvwxyz1@our-cloud'],
    ['a wrong secret', 'cloudinary://123456789012345:wrong@our-cloud'],
    ['another cloud', 'cloudinary://123456789012345:abcdefghijklmnopqrstuvwxyz1@their-cloud'],
  ])('refuses to start with %s, in one sentence', async (_, url) => {
    const wrong = stored({ CLOUDINARY_URL: url });
    await expect(wrong.onModuleInit()).rejects.toMatchObject({
      message: 'Cloudinary refuses the credentials: check CLOUDINARY_URL.',
    });
    wrong.onModuleDestroy();
  });

  it('rejects a file that is too large for the plan, and keeps nothing of it', async () => {
    server.maxBytes = 10_000_000;
    const storage = stored();
    for (const bytes of [11_000_000, 25_000_000]) {
      const song = Readable.from([Buffer.alloc(bytes)]);
      await expect(storage.put('too/large', song, TYPE)).rejects.toMatchObject({
        message: expect.stringMatching(/10 MB.*lower MAX_UPLOAD_BYTES/),
      });
    }
    await expect(storage.stat('too/large')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    storage.onModuleDestroy();
    server.maxBytes = Number.POSITIVE_INFINITY;
  });

  it('invalidates replaced and removed files in the CDN, so that other processes see the change', async () => {
    const [writer, reader] = [stored(), stored()];
    const read = async () => text((await reader.open('shared/key')).body);
    await writer.put('shared/key', Readable.from(['first']), TYPE);
    expect(await read()).toBe('first');
    await writer.put('shared/key', Readable.from(['second']), TYPE);
    expect(await read()).toBe('second');
    await writer.remove('shared/key');
    await expect(read()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const each of [writer, reader]) each.onModuleDestroy();
  });

  it('reads and writes while the hourly API limit is used up; removing a folder fails until it resets', async () => {
    const connection = await FaultyConnection.to(server.url);
    const storage = stored({}, undefined, connection.url);
    await storage.put('limited/key', Readable.from(['song']), TYPE);
    await storage.check();
    server.adminRequestsLeft = 0;
    const later = Date.now() + 120_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => later);
    await storage.check();
    clock.mockRestore();
    await storage.put('limited/other', Readable.from(['song']), TYPE);
    expect(await text((await storage.open('limited/key')).body)).toBe('song');
    await storage.remove('limited/other');
    const before = connection.requests.length;
    await expect(storage.remove('limited/')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^The hourly limit .* until 2026-11-30 14:00:00 UTC\./),
    });
    server.adminRequestsLeft = 1;
    await storage.remove('limited/');
    expect(connection.requests.length - before).toBe(2);
    server.adminRequestsLeft = Number.POSITIVE_INFINITY;
    storage.onModuleDestroy();
    await connection.close();
  });

  it('leaves no partial download on a disk that fills up', async () => {
    const [storage, folder] = [stored(), tempDir('full-disk')];
    await storage.put('whole', Readable.from(['x'.repeat(1_500)]), TYPE);
    const download = [process.execPath, programPath('download-from-cloudinary'), 'whole', `${folder}/copy`];
    // Limits files to one block, which is 512 or 1,024 bytes depending on the shell.
    const shell = ['-c', 'ulimit -f 1; exec "$0" "$@"', ...download];
    const env = {
      PATH: process.env.PATH,
      DIST_DIR: process.env.DIST_DIR,
      STORAGE: 'cloudinary',
      ...server.env(),
    };
    await expect(promisify(execFile)('/bin/sh', shell, { env })).rejects.toThrow(/EFBIG/);
    expect(await readdir(folder)).toEqual([]);
    storage.onModuleDestroy();
  });
});
