import { mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataDirLock } from './data-dir-lock.js';

describe('the lock of a data folder', () => {
  let folder: string;
  let lock: DataDirLock;
  const path = () => join(folder, 'house.lock');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'data-dir-lock-'));
    lock = await DataDirLock.take(folder);
  });

  afterEach(async () => {
    await lock.release();
    await rm(folder, { recursive: true, force: true });
  });

  it('is removed when its holder releases it', async () => {
    await lock.release();
    await expect(stat(path())).rejects.toThrow('ENOENT');
  });

  it('that another server has taken over meanwhile is left alone by the release', async () => {
    await writeFile(path(), 'of another server');
    await lock.release();
    expect(await readFile(path(), 'utf8')).toBe('of another server');
  });

  it('that another server has taken over meanwhile is not renewed', async () => {
    const old = new Date(1_000_000);
    await writeFile(path(), 'of another server');
    await utimes(path(), old, old);
    await sleep(2_500);
    expect((await stat(path())).mtime).toEqual(old);
  });
});
