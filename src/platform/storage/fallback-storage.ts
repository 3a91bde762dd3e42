import type { Readable } from 'node:stream';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { NotFoundError } from '../errors/domain-error.js';
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

type Hooks = Partial<OnModuleInit & OnModuleDestroy>;

/** Two stores as one, during a migration: writes go to the first, reads use the second for objects the first lacks. */
export class FallbackStorage extends MediaStorage implements OnModuleInit, OnModuleDestroy {
  readonly name: StoreName;
  override readonly direct: DirectUploads | null;

  constructor(
    private readonly first: MediaStorage,
    private readonly second: MediaStorage,
  ) {
    super();
    this.name = first.name;
    this.direct = first.direct;
  }

  async onModuleInit(): Promise<void> {
    for (const store of this.both()) await store.onModuleInit?.();
  }

  async onModuleDestroy(): Promise<void> {
    for (const store of this.both()) await store.onModuleDestroy?.();
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

  /** Keeps the keys of the first store below `prefix` in memory while it lists, so that each key appears once. */
  async *list(prefix: string): AsyncIterable<ListedMedia> {
    const named = new Set<string>();
    for await (const media of this.first.list(prefix)) {
      named.add(media.key);
      yield media;
    }
    for await (const media of this.second.list(prefix)) if (!named.has(media.key)) yield media;
  }

  /** Removes from the second store first: otherwise a reader in between would get an old version from the second. */
  async remove(keyOrPrefix: string): Promise<void> {
    await this.second.remove(keyOrPrefix);
    await this.first.remove(keyOrPrefix);
  }

  async check(): Promise<void> {
    await Promise.all([this.first.check(), this.second.check()]);
  }

  private async either<T>(ask: (store: MediaStorage) => Promise<T>): Promise<T> {
    try {
      return await ask(this.first);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      return ask(this.second);
    }
  }

  private both(): Hooks[] {
    return [this.first, this.second] as Hooks[];
  }
}
