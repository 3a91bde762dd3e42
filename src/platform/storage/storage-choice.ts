import type { Config } from '../config/config.js';
import type { StoreName } from '../config/store-settings.js';
import { FallbackStorage } from './fallback-storage.js';
import { LocalStorage } from './local/local-storage.js';
import type { MediaStorage } from './media-storage.js';

type Opening = (config: Config) => MediaStorage;

/** A provider's SDK costs every start of every process about a second of work: it is loaded where it is used. */
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

/** One store alone, whichever is chosen. */
export async function storeNamed(name: StoreName, config: Config): Promise<MediaStorage> {
  return (await OPENINGS[name]())(config);
}

/** For whoever learns only on the way which stores it needs; each is opened once. */
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

/** What STORAGE and STORAGE_FALLBACK ask for. */
export async function storageFor(config: Config): Promise<MediaStorage> {
  const { STORAGE, STORAGE_FALLBACK } = config;
  const chosen = await storeNamed(STORAGE, config);
  if (STORAGE_FALLBACK === undefined || STORAGE_FALLBACK === STORAGE) return chosen;
  return new FallbackStorage(chosen, await storeNamed(STORAGE_FALLBACK, config));
}
