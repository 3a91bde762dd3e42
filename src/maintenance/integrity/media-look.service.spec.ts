import { once } from 'node:events';
import { mkdtemp, rm, symlink, truncate } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Config } from '../../platform/config/config.js';
import { LocalStorage } from '../../platform/storage/local/local-storage.js';
import type { MediaGroup } from '../../platform/storage/media-group.js';
import { DEFAULT_RETRY_POLICY } from '../../platform/storage/remote/retry-policy.js';
import { S3Storage } from '../../platform/storage/s3/s3-storage.js';
import { MediaLook } from './media-look.service.js';

const part = (at: string, bytes: number, keys: string[] | null = null): MediaGroup => ({
  at,
  bytes,
  keys,
  store: 'local',
  sha256: null,
  contentType: null,
});

describe('MediaLook', () => {
  let folder: string;
  let look: MediaLook;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'look-'));
    const storage = new LocalStorage(folder);
    for (const key of ['songs/a/g1/master.m3u8', 'songs/a/g1/64k/segment-00000.ts', 'songs/a/original-0.mp3'])
      await storage.put(key, Readable.from([Buffer.alloc(1000)]));
    look = new MediaLook(storage, Config.load({}));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('finds media that matches the record', async () => {
    expect(await look.at(part('songs/a/g1/', 2000))).toEqual({ isWhole: true, requests: 1 });
    const original = 'songs/a/original-0.mp3';
    expect(await look.at(part(original, 1000, [original]))).toEqual({ isWhole: true, requests: 1 });
  });

  it('reports media that is missing or has another size', async () => {
    expect((await look.at(part('songs/a/g2/', 2000))).isWhole).toBe(false);
    expect((await look.at(part('songs/b/original-1.mp3', 10, ['songs/b/original-1.mp3']))).isWhole).toBe(
      false,
    );
    await truncate(join(folder, 'songs/a/g1/64k/segment-00000.ts'), 0);
    expect((await look.at(part('songs/a/g1/', 2000))).isWhole).toBe(false);
  });

  it('reports a cover with a missing picture, using one request', async () => {
    const keys = ['songs/a/artwork-0/320.webp', 'songs/a/artwork-0/320.jpg'];
    const cover = { ...part('songs/a/artwork-0/', 0, keys), bytes: null };
    for (const key of keys) await new LocalStorage(folder).put(key, Readable.from([Buffer.alloc(10)]));
    expect(await look.at(cover)).toEqual({ isWhole: true, requests: 1 });
    await rm(join(folder, keys[1]!));
    expect(await look.at(cover)).toEqual({ isWhole: false, requests: 1 });
  });

  it('returns null for a store that this installation does not use', async () => {
    expect((await look.at({ ...part('songs/a/g1/', 2000), store: 's3' })).isWhole).toBeNull();
  });

  it('rejects if the disk fails', async () => {
    await symlink('loop', join(folder, 'songs/loop'));
    await expect(
      look.at(part('songs/loop/original-2.mp3', 10, ['songs/loop/original-2.mp3'])),
    ).rejects.toThrow(/ELOOP/);
  });

  it('rejects if the store is unavailable', async () => {
    const config = Config.load({
      STORAGE: 's3',
      S3_BUCKET: 'music',
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'secret',
      S3_ENDPOINT: 'http://127.0.0.1:1',
    });
    const away = new MediaLook(
      new S3Storage(config, { ...DEFAULT_RETRY_POLICY, attempts: 2, firstPauseMs: 1 }),
      config,
    );
    await expect(away.at({ ...part('songs/a/g1/', 2000), store: 's3' })).rejects.toThrow(
      /ECONNREFUSED|does not answer/,
    );
  });

  it('counts the requests of retries, also if all of them fail', async () => {
    let answers = [503, 503, 404];
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.writeHead(answers.shift() ?? 503).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const config = Config.load({
      STORAGE: 's3',
      S3_BUCKET: 'music',
      S3_ACCESS_KEY_ID: 'key',
      S3_SECRET_ACCESS_KEY: 'secret',
      S3_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
    const storage = new S3Storage(config, { ...DEFAULT_RETRY_POLICY, attempts: 4, firstPauseMs: 1 });
    const refused = new MediaLook(storage, config);
    const original = 'songs/a/original-0.mp3';
    const inBucket: MediaGroup = { ...part(original, 10, [original]), store: 's3' };
    try {
      expect(await refused.at(inBucket)).toEqual({ isWhole: false, requests: 3 });
      answers = [];
      await expect(refused.at(inBucket)).rejects.toMatchObject({ requests: 4 });
      expect(asked).toBe(7);
    } finally {
      storage.onModuleDestroy();
      server.closeAllConnections();
      server.close();
    }
  });
});
