import type { Readable } from 'node:stream';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { NotFoundError } from '../common/domain-error.js';
import type { StoreName } from '../config/store-settings.js';
import {
  MediaStorage,
  type ByteRange,
  type DirectUploads,
  type ListedMedia,
  type MediaFile,
  type MediaMetadata,
  type MediaStat,
} from './media-storage.js';

/**
 * While media moves: what is new goes to one store, what is not there yet is read from the other. A removal reaches
 * both, so that nothing a person deleted comes back from the old one.
 */
export class FallbackStorage extends MediaStorage implements OnModuleInit, OnModuleDestroy {
  readonly name: StoreName;
  override readonly direct: DirectUploads | null;

  constructor(
    private readonly first: MediaStorage & Partial<OnModuleInit & OnModuleDestroy>,
    private readonly second: MediaStorage & Partial<OnModuleInit & OnModuleDestroy>,
  ) {
    super();
    this.name = first.name;
    this.direct = first.direct;
  }

  async onModuleInit(): Promise<void> {
    await Promise.all([this.first.onModuleInit?.(), this.second.onModuleInit?.()]);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.first.onModuleDestroy?.(), this.second.onModuleDestroy?.()]);
  }

  put(key: string, body: Readable, metadata: MediaMetadata): Promise<void> {
    return this.first.put(key, body, metadata);
  }

  putFile(key: string, path: string, metadata: MediaMetadata): Promise<void> {
    return this.first.putFile(key, path, metadata);
  }

  open(key: string, range?: ByteRange): Promise<MediaFile> {
    return this.either((store) => store.open(key, range));
  }

  stat(key: string): Promise<MediaStat> {
    return this.either((store) => store.stat(key));
  }

  download(key: string, path: string): Promise<void> {
    return this.either((store) => store.download(key, path));
  }

  async *list(prefix: string): AsyncIterable<ListedMedia> {
    const seen = new Set<string>();
    for await (const object of this.first.list(prefix)) {
      seen.add(object.key);
      yield object;
    }
    for await (const object of this.second.list(prefix)) if (!seen.has(object.key)) yield object;
  }

  /** The old one first: cut off in between, a reader does not find there what is gone. */
  async remove(keyOrPrefix: string): Promise<void> {
    await this.second.remove(keyOrPrefix);
    await this.first.remove(keyOrPrefix);
  }

  check(): Promise<void> {
    return this.first.check();
  }

  private async either<T>(ask: (store: MediaStorage) => Promise<T>): Promise<T> {
    try {
      return await ask(this.first);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    return ask(this.second);
  }
}
