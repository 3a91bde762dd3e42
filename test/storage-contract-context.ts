import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ByteRange, MediaStorage } from '../src/platform/storage/media-storage.js';
import { tempDir } from './support/temp-dir.js';

export const TYPE = {
  contentType: 'application/octet-stream',
  cacheControl: 'public, max-age=31536000, immutable',
};
export const MEBIBYTE = 1024 * 1024;

export interface StorageUnderTest {
  storage: MediaStorage;
  /** Parts of unfinished puts that the store still holds; empty after a correct run. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

/** The storage under test, a folder for local files, and the common operations. */
export class StorageTestContext {
  private under: StorageUnderTest;
  folder: string;

  get storage(): MediaStorage {
    return this.under.storage;
  }

  async open(create: () => Promise<StorageUnderTest>): Promise<void> {
    this.under = await create();
    this.folder = tempDir('storage-context');
  }

  async close(): Promise<void> {
    expect(await this.under.leftovers()).toEqual([]);
    await this.under.close();
  }

  /** The path of a local file in the folder. */
  path(name: string): string {
    return join(this.folder, name);
  }

  put(key: string, content: string | Buffer): Promise<void> {
    return this.storage.put(key, Readable.from([Buffer.from(content)]), TYPE);
  }

  async read(key: string, range?: ByteRange): Promise<string> {
    return text((await this.storage.open(key, range)).body);
  }

  async keys(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of this.storage.list(prefix)) found.push(key);
    return found.toSorted();
  }
}
