import { createReadStream } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Logger, type OnModuleInit } from '@nestjs/common';
import pLimit from 'p-limit';
import {
  MediaStorage,
  type ByteRange,
  type ListedMedia,
  type MediaFile,
  type MediaMetadata,
  type MediaStat,
} from '../media-storage.js';
import { interruptedError } from './remote-body.js';
import { StoreRefusalError } from './store-failure.js';
import { ONCE, REPEATABLE, type StoreRequests } from './store-requests.js';
import { checkedKey, checkedPrefix, isKey } from '../storage-key.js';

/** Concurrent transfers of this process: Cloudinary's advice for uploads. Other numbers were not measured. */
const TRANSFERS_AT_ONCE = 8;

/** How often the check writes, milliseconds: stores bill writes, and /health is polled all day. */
const WRITE_CHECK_MS = 3600_000;

/** How long a good result of the check is cached, milliseconds: stores bill requests. */
const CHECK_CACHE_MS = 60_000;

/** The object that the check writes. Its name is hidden, so that it is no key and in no listing. */
export const PROBE = '.house/probe';

/**
 * What all remote stores have in common: it checks keys, limits concurrent transfers, and sends the requests that a
 * subclass implements. Who repeats a request: StoreRequests alone, with the repetition named where it is sent.
 */
export abstract class RemoteStorage extends MediaStorage implements OnModuleInit {
  private readonly logger = new Logger('Storage');
  private readonly turns = pLimit(TRANSFERS_AT_ONCE);
  private wroteAt = 0;
  private wellUntil = 0;

  /** `wholeBytes`: larger files are sent in parts. */
  constructor(
    protected readonly requests: StoreRequests,
    private readonly wholeBytes: number,
  ) {
    super();
  }

  // One request each, which this class sends by StoreRequests.

  protected abstract storeFile(
    key: string,
    path: string,
    bytes: number,
    metadata: MediaMetadata,
  ): Promise<void>;
  protected abstract storeBytes(key: string, bytes: Buffer, metadata: MediaMetadata): Promise<void>;
  protected abstract fetch(key: string, range?: ByteRange): Promise<MediaFile>;
  protected abstract examine(key: string): Promise<MediaStat>;
  /** One page of a listing: it has at least one object or is the last. */
  protected abstract page(prefix: string, cursor?: string): Promise<{ media: ListedMedia[]; next?: string }>;
  protected abstract erase(key: string): Promise<void>;
  /** A cheap request that succeeds if the store answers and accepts our credentials. */
  protected abstract ping(): Promise<void>;

  // Several requests each, sent one by one through `requests` by the subclass.

  /** Stores a stream, which is read only once, in bounded memory. `bytes`: its length, if known. */
  protected abstract storeStream(
    key: string,
    body: Readable,
    metadata: MediaMetadata,
    bytes?: number,
  ): Promise<void>;
  protected abstract erasePrefix(prefix: string): Promise<void>;
  /** Removes incomplete uploads that a crash left. */
  protected abstract sweep(): Promise<void>;

  /**
   * A store that refuses our credentials or bucket fails the start; one that does not answer is reported by /health.
   */
  async onModuleInit(): Promise<void> {
    try {
      await this.check();
    } catch (error) {
      if (error instanceof StoreRefusalError) throw error;
      this.logger.warn((error as Error).message);
      return;
    }
    void this.sweep().catch((error: Error) => this.logger.warn(`sweeping the store: ${error.message}`));
  }

  async put(key: string, body: Readable, metadata: MediaMetadata): Promise<void> {
    // Until its turn, an 'error' without a listener would end the process; the reader gets the error again.
    body.on('error', () => undefined);
    try {
      checkedKey(key);
      await this.turns(() => this.requests.explained(this.storeStream(key, body, metadata), body));
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  async putFile(key: string, path: string, metadata: MediaMetadata): Promise<void> {
    checkedKey(key);
    const { size } = await stat(path);
    await this.turns(() =>
      size > this.wholeBytes
        ? this.putInParts(key, path, size, metadata)
        : this.request(() => this.storeFile(key, path, size, metadata)),
    );
  }

  async open(key: string, range?: ByteRange): Promise<MediaFile> {
    checkedKey(key);
    return this.request(() => this.fetch(key, range));
  }

  async stat(key: string): Promise<MediaStat> {
    checkedKey(key);
    return this.request(() => this.examine(key));
  }

  async download(key: string, path: string): Promise<void> {
    checkedKey(key);
    const file = await open(path, 'wx', 0o644);
    try {
      await this.turns(() =>
        this.request(async () => {
          const { body, bytes } = await this.fetch(key);
          await file.truncate(0);
          let at = 0;
          for await (const chunk of body as AsyncIterable<Buffer>) at += await writeWhole(file, chunk, at);
          if (at !== bytes) throw interruptedError(`${at} of ${bytes} bytes came`, 'ECONNRESET');
        }),
      );
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
  }

  async *list(prefix: string): AsyncIterable<ListedMedia> {
    const folder = prefix === '' ? '' : checkedPrefix(prefix);
    let next: string | undefined;
    do {
      const cursor = next;
      const page = await this.request(() => this.page(folder, cursor));
      // The bucket may hold objects of other applications.
      yield* page.media.filter(({ key }) => isKey(key));
      next = page.next;
    } while (next !== undefined);
  }

  async remove(keyOrPrefix: string): Promise<void> {
    if (keyOrPrefix.endsWith('/')) {
      const prefix = checkedPrefix(keyOrPrefix);
      await this.requests.explained(this.erasePrefix(prefix));
    } else {
      checkedKey(keyOrPrefix);
      await this.request(() => this.erase(keyOrPrefix));
    }
  }

  async check(): Promise<void> {
    if (Date.now() < this.wellUntil) return;
    if (Date.now() - this.wroteAt < WRITE_CHECK_MS) {
      await this.request(() => this.ping(), ONCE);
    } else {
      const text = { contentType: 'text/plain', cacheControl: 'no-store' };
      await this.request(() => this.storeBytes(PROBE, Buffer.from('can write'), text), ONCE);
      await this.request(() => this.erase(PROBE), ONCE);
      this.wroteAt = Date.now();
    }
    this.wellUntil = Date.now() + CHECK_CACHE_MS;
  }

  private async putInParts(key: string, path: string, bytes: number, metadata: MediaMetadata): Promise<void> {
    const file = createReadStream(path);
    // As in `put`.
    file.on('error', () => undefined);
    try {
      await this.requests.explained(this.storeStream(key, file, metadata, bytes), file);
    } finally {
      file.destroy();
    }
  }

  private request<T>(request: () => Promise<T>, repetition = REPEATABLE): Promise<T> {
    return this.requests.explained(this.requests.send(request, repetition));
  }
}

/** Repeats short writes: a disk that fills up writes a part without an error and fails only with the next write. */
async function writeWhole(file: FileHandle, chunk: Buffer, at: number): Promise<number> {
  let written = 0;
  while (written < chunk.length) {
    written += (await file.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
  }
  return written;
}
