import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { MediaStorage } from '../platform/storage/media-storage.js';

const compress = promisify(gzip);

/** Everything kept together, bytes: some ten thousand playlists of ordinary songs. */
const CACHE_BYTES = 8 * 1024 ** 2;

/** Longer playlists (about a week of song) are sent as they are, bytes. */
export const MAX_GZIP_BYTES = 4 * 1024 ** 2;

/**
 * Playlists and waveforms, gzipped once. CDNs do not compress application/vnd.apple.mpegurl by themselves, and a playlist shrinks
 * to a fifth. Remembered by ETag: it names the bytes, so nothing here can go stale.
 */
export class GzippedPlaylists {
  private readonly zipped: LRUCache<string, Buffer, string>;

  constructor(storage: MediaStorage) {
    this.zipped = new LRUCache<string, Buffer, string>({
      maxSize: CACHE_BYTES,
      sizeCalculation: (bytes, etag) => bytes.length + etag.length + 1,
      fetchMethod: async (_etag, _stale, { context: key }) =>
        compress(await buffer((await storage.open(key)).body)),
      // What was evicted while it was being made is still what its asker waits for.
      ignoreFetchAbort: true,
    });
  }

  /** Those who ask for the same playlist at once wait for one making. Rejects with NotFoundError. */
  get(etag: string, key: string): Promise<Buffer> {
    return this.zipped.forceFetch(etag, { context: key });
  }
}
