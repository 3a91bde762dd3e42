import type { Config } from '../config/config.js';
import type { StoreName } from '../config/store-settings.js';
import { FallbackStorage } from './fallback-storage.js';
import { LocalStorage } from './local/local-storage.js';
import type { MediaStorage } from './media-storage.js';

type Opening = (config: Config) => MediaStorage;

/** Loading a provider's SDK takes about a second at the start of each process, so only the one in use is loaded. */
const OPENINGS: Readonly<Record<StoreName, () => Promise<Opening>>> = {
  local: async () => (config) => new LocalStorage(config.dataPath('media')),
  s3: async () => {
    const { S3Storage } = await import('./s3/s3-storage.js');
    return (config) => new S3Storage(config);
  },
  cloudinary: async () => {
    const { CloudinaryStorage } = await import('./cloudinary/cloudinary-storage.js');
    return (config) => new CloudinaryStorage(config);
  },
};

/** The store with this name, without a fallback. */
export async function storeNamed(name: StoreName, config: Config): Promise<MediaStorage> {
  return (await OPENINGS[name]())(config);
}

/** For callers that learn only later which stores they need; each store is opened once. */
export async function storesByName(config: Config): Promise<(name: StoreName) => MediaStorage> {
  const names = Object.keys(OPENINGS) as StoreName[];
  const openings = new Map(
    await Promise.all(names.map(async (name) => [name, await OPENINGS[name]()] as const)),
  );
  const opened = new Map<StoreName, MediaStorage>();
  return (name) => {
    const store = opened.get(name) ?? openings.get(name)!(config);
    opened.set(name, store);
    return store;
  };
}

/** The store that STORAGE and STORAGE_FALLBACK configure. */
export async function storageFor(config: Config): Promise<MediaStorage> {
  const { STORAGE, STORAGE_FALLBACK } = config;
  const chosen = await storeNamed(STORAGE, config);
  if (STORAGE_FALLBACK === undefined || STORAGE_FALLBACK === STORAGE) return chosen;
  return new FallbackStorage(chosen, await storeNamed(STORAGE_FALLBACK, config));
}
