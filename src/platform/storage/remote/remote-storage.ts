import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { Logger, type OnModuleInit } from '@nestjs/common';
import pLimit from 'p-limit';
import { interruptedError } from './idle-timeout.js';
import {
  MediaStorage,
  type ByteRange,
  type ListedMedia,
  type MediaFile,
  type MediaMetadata,
  type MediaStat,
} from '../media-storage.js';
import { DEFAULT_RETRY_POLICY, retry, type RetryPolicy } from './retry-policy.js';
import { countRequest } from './request-count.js';
import {
  RetriesExhaustedError,
  StoreRefusalError,
  toStorageError,
  type StoreFailure,
} from './store-failure.js';
import { checkedKey, checkedPrefix, isKey } from '../storage-key.js';

/** Transfers of this process under way at once: Cloudinary's advice for uploads. Not measured against others. */
const TRANSFERS_AT_ONCE = 8;

/** How often the check writes, milliseconds: stores bill writes, and /health asks all day. */
const WRITE_CHECK_MS = 3600_000;

/** How long a good answer to the check counts, milliseconds: stores bill questions. */
const WELL_MS = 60_000;

/** Written by the check. Hidden, so no key leads there and no listing shows it. */
export const PROBE = '.house/probe';

/**
 * What all stores at the other end of a line have in common: keys are checked, transfers take turns, what fails in
 * passing is tried again, and what remains is told in our own words. A store adds its verbs, which may fail as they
 * like, and `failureOf`, which knows what their failures mean.
 */
export abstract class RemoteStorage extends MediaStorage implements OnModuleInit {
  private readonly logger = new Logger('Storage');
  private readonly turns = pLimit(TRANSFERS_AT_ONCE);
  private wroteAt = 0;
  private wellUntil = 0;

  constructor(protected readonly retryPolicy: RetryPolicy = DEFAULT_RETRY_POLICY) {
    super();
  }

  /** From a stream of unknown length, in bounded memory. Makes its own requests persistently; a stream comes once. */
  protected abstract store(key: string, body: Readable, metadata: MediaMetadata): Promise<void>;
  protected abstract storeFile(
    key: string,
    path: string,
    bytes: number,
    metadata: MediaMetadata,
  ): Promise<void>;
  protected abstract storeBytes(key: string, bytes: Buffer, metadata: MediaMetadata): Promise<void>;
  protected abstract fetch(key: string, range?: ByteRange): Promise<MediaFile>;
  protected abstract examine(key: string): Promise<MediaStat>;
  /** One page: at least one object, or the last page. */
  protected abstract page(prefix: string, cursor?: string): Promise<{ media: ListedMedia[]; next?: string }>;
  protected abstract erase(key: string): Promise<void>;
  protected abstract erasePrefix(prefix: string): Promise<void>;
  /** Cheap: whether the store answers and knows us. */
  protected abstract greet(): Promise<void>;
  /** Takes away what a crash left half-stored. */
  protected abstract sweep(): Promise<void>;
  /** undefined: not the store's failure. */
  protected abstract failureOf(error: unknown): StoreFailure | undefined;

  /** A store that refuses us ends the start; one that does not answer now may answer soon, and /health says so. */
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
    // Until its turn nobody listens, and an unheard 'error' would end the process; the reader meets it again.
    body.on('error', () => undefined);
    try {
      checkedKey(key);
      await this.turns(() => this.mapErrors(this.store(key, body, metadata), body));
    } catch (error) {
      body.destroy();
      throw error;
    }
  }

  async putFile(key: string, path: string, metadata: MediaMetadata): Promise<void> {
    checkedKey(key);
    const { size } = await stat(path);
    await this.turns(() => this.withRetry(() => this.storeFile(key, path, size, metadata)));
  }

  async open(key: string, range?: ByteRange): Promise<MediaFile> {
    checkedKey(key);
    return this.withRetry(() => this.fetch(key, range));
  }

  async stat(key: string): Promise<MediaStat> {
    checkedKey(key);
    return this.withRetry(() => this.examine(key));
  }

  async download(key: string, path: string): Promise<void> {
    checkedKey(key);
    const file = await open(path, 'wx', 0o644);
    try {
      await this.turns(() =>
        this.withRetry(async () => {
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
      const page = await this.withRetry(() => this.page(folder, cursor));
      // A bucket may hold what is not ours.
      yield* page.media.filter(({ key }) => isKey(key));
      next = page.next;
    } while (next !== undefined);
  }

  async remove(keyOrPrefix: string): Promise<void> {
    if (keyOrPrefix.endsWith('/')) {
      const prefix = checkedPrefix(keyOrPrefix);
      await this.withRetry(() => this.erasePrefix(prefix));
    } else {
      checkedKey(keyOrPrefix);
      await this.withRetry(() => this.erase(keyOrPrefix));
    }
  }

  async check(): Promise<void> {
    if (Date.now() < this.wellUntil) return;
    if (Date.now() - this.wroteAt < WRITE_CHECK_MS) {
      await this.mapErrors(this.greet());
    } else {
      await this.mapErrors(this.storeAndErase());
      this.wroteAt = Date.now();
    }
    this.wellUntil = Date.now() + WELL_MS;
  }

  protected isTransient(error: unknown): boolean {
    return !(error instanceof RetriesExhaustedError) && this.failureOf(error)?.kind === 'transient';
  }

  /** Until it succeeds or patience ends; a failure is told in our own words. */
  protected withRetry<T>(work: () => Promise<T>): Promise<T> {
    const counted = (): Promise<T> => {
      countRequest();
      return work();
    };
    return this.mapErrors(retry(counted, (error) => this.isTransient(error), this.retryPolicy));
  }

  protected async mapErrors<T>(work: Promise<T>, source?: Readable): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // What broke in the caller's own hands is passed on as it is, whatever it looks like; an AbortError only says
      // that we left off reading.
      const broken = source?.errored;
      throw broken && broken.name !== 'AbortError' ? broken : toStorageError(error, this.failureOf(error));
    }
  }

  private async storeAndErase(): Promise<void> {
    const text = { contentType: 'text/plain', cacheControl: 'no-store' };
    await this.storeBytes(PROBE, Buffer.from('can write'), text);
    await this.erase(PROBE);
  }
}

/** A disk that fills takes a part without a word, and refuses only the next. */
async function writeWhole(file: FileHandle, chunk: Buffer, at: number): Promise<number> {
  let written = 0;
  while (written < chunk.length) {
    written += (await file.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
  }
  return written;
}
