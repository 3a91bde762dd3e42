import { Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { StoreName } from '../config/store-settings.js';
import { FallbackStorage } from './fallback-storage.js';
import { LocalStorage } from './local-storage.js';
import { MediaStorage } from './media-storage.js';
import { S3Storage } from './s3-storage.js';

const STORAGES: Readonly<Record<StoreName, (config: Config) => MediaStorage>> = {
  local: (config) => new LocalStorage(config.dataPath('media')),
  s3: (config) => new S3Storage(config),
  cloudinary: () => {
    throw new Error('not yet');
  },
};

/** One store by itself. */
export function openStore(name: StoreName, config: Config): MediaStorage {
  return STORAGES[name](config);
}

/** What this configuration means by storage: one store, or two while media moves. */
export function storageOf(config: Config): MediaStorage {
  const { STORAGE, STORAGE_FALLBACK } = config;
  const first = openStore(STORAGE, config);
  return STORAGE_FALLBACK && STORAGE_FALLBACK !== STORAGE
    ? new FallbackStorage(first, openStore(STORAGE_FALLBACK, config))
    : first;
}

/** Chooses where bytes live; everybody else asks for MediaStorage and cannot tell. */
@Module({
  providers: [{ provide: MediaStorage, inject: [Config], useFactory: storageOf }],
  exports: [MediaStorage],
})
export class StorageModule {}
