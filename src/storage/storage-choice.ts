import type { Config } from '../config/config.js';
import type { StoreName } from '../config/store-settings.js';
import { CloudinaryStorage } from './cloudinary-storage.js';
import { FallbackStorage } from './fallback-storage.js';
import { LocalStorage } from './local-storage.js';
import type { MediaStorage } from './media-storage.js';
import { S3Storage } from './s3-storage.js';

const STORAGES: Readonly<Record<StoreName, (config: Config) => MediaStorage>> = {
  local: (config) => new LocalStorage(config.dataPath('media')),
  s3: (config) => new S3Storage(config),
  cloudinary: (config) => new CloudinaryStorage(config),
};

/** One store alone, whichever is chosen. */
export function storeNamed(name: StoreName, config: Config): MediaStorage {
  return STORAGES[name](config);
}

/** What STORAGE and STORAGE_FALLBACK ask for. */
export function storageFor(config: Config): MediaStorage {
  const { STORAGE, STORAGE_FALLBACK } = config;
  const chosen = storeNamed(STORAGE, config);
  if (STORAGE_FALLBACK === undefined || STORAGE_FALLBACK === STORAGE) return chosen;
  return new FallbackStorage(chosen, storeNamed(STORAGE_FALLBACK, config));
}
