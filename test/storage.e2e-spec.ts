import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Test } from '@nestjs/testing';
import { Config } from '../src/platform/config/config.js';
import { LocalIncoming } from '../src/platform/storage/local/local-incoming.js';
import { LocalStorage } from '../src/platform/storage/local/local-storage.js';
import { MediaStorage } from '../src/platform/storage/media-storage.js';
import { StorageModule } from '../src/platform/storage/storage.module.js';
import { testStorageContract } from './storage-contract.js';
import { tempDir } from './support/temp-dir.js';

const TYPE = { contentType: 'text/plain', cacheControl: 'no-store' };

testStorageContract('LocalStorage', async () => {
  const root = tempDir('storage');
  return {
    storage: new LocalStorage(root),
    leftovers: () => readdir(join(root, '.incoming')).catch(() => []),
    close: async () => undefined,
  };
});

class Configured {}

describe('LocalStorage', () => {
  let data: string;
  let storage: MediaStorage;
  const media = (...path: string[]) => join(data, 'media', ...path);
  const put = (key: string) => storage.put(key, Readable.from(['x']), TYPE);

  beforeEach(async () => {
    data = tempDir('storage');
    const config = { provide: Config, useValue: Config.load({ DATA_DIR: data }) };
    const module = await Test.createTestingModule({
      imports: [{ module: Configured, global: true, providers: [config], exports: [Config] }, StorageModule],
    }).compile();
    await module.init();
    storage = module.get(MediaStorage);
  });

  it('stores files in DATA_DIR/media, readable by other accounts (a web server)', async () => {
    await put('songs/1/a');
    expect((await stat(media('songs', '1', 'a'))).mode & 0o777).toBe(0o644);
    await writeFile(join(data, 'private'), 'x', { mode: 0o600 });
    await storage.putFile('songs/1/b', join(data, 'private'), TYPE);
    expect((await stat(media('songs', '1', 'b'))).mode & 0o777).toBe(0o644);
  });

  it('keeps them readable by other accounts under umask 0077', async () => {
    const before = process.umask(0o077);
    try {
      await put('songs/2/a');
    } finally {
      process.umask(before);
    }
    const modes = ['', 'songs', 'songs/2', 'songs/2/a'].map(
      async (at) => (await stat(media(at))).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o755, 0o755, 0o755, 0o644]);
  });

  it('refuses a key that is the folder of other keys, and keys below a file', async () => {
    await put('songs/1/a');
    for (const key of ['songs/1/a/b', 'songs/1']) {
      await expect(put(key)).rejects.toEqual(expect.objectContaining({ code: 'BAD_INPUT' }));
    }
  });

  it('leaves no empty folders behind', async () => {
    await Promise.all([put('songs/1/g/64k/a'), put('songs/2/b')]);
    await storage.remove('songs/1/g/64k/a');
    expect(await readdir(media('songs'))).toEqual(['2']);
    await storage.remove('songs/2/');
    expect(await readdir(media())).toEqual(['.incoming']);
  });

  it('sweeps files of interrupted puts after a day, not earlier', async () => {
    await mkdir(media('.incoming', 'removed-folder', 'deep'), { recursive: true });
    await writeFile(media('.incoming', 'half-a-song'), 'la');
    const incoming = new LocalIncoming(media());
    await incoming.sweep(Date.now() + 23 * 3600 * 1000);
    expect(await readdir(media('.incoming'))).toHaveLength(2);
    await incoming.sweep(Date.now() + 25 * 3600 * 1000);
    expect(await readdir(media('.incoming'))).toEqual([]);
  });

  it('does not sweep an old file that is still being written', async () => {
    await writeFile(media('.incoming', 'slow'), 'la');
    await utimes(media('.incoming', 'slow'), new Date(0), new Date(0));
    await new LocalIncoming(media()).sweep();
    expect(await readdir(media('.incoming'))).toEqual(['slow']);
  });

  it('fails its health check and puts when its folder is missing and cannot be created', async () => {
    await rm(media(), { recursive: true });
    await writeFile(media(), 'a file in its place');
    await expect(storage.check()).rejects.toThrow();
    await expect(put('a')).rejects.toThrow();
  });
});
