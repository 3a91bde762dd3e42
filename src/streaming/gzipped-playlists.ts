import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { MediaStorage } from '../platform/storage/media-storage.js';

const compress = promisify(gzip);

/** Size limit of the cache, bytes: some ten thousand playlists of songs of ordinary length. */
const CACHE_BYTES = 8 * 1024 ** 2;

/** Larger playlists (of about a week of audio) are sent uncompressed, bytes. */
export const MAX_GZIP_BYTES = 4 * 1024 ** 2;

/**
 * Cache of gzipped playlists and waveforms. CDNs do not compress application/vnd.apple.mpegurl by default, and a
 * playlist shrinks to a fifth. Entries are keyed by ETag, which identifies the bytes, so they never become stale.
 */
export class GzippedPlaylists {
  private readonly zipped: LRUCache<string, Buffer, string>;

  constructor(storage: MediaStorage) {
    this.zipped = new LRUCache<string, Buffer, string>({
      maxSize: CACHE_BYTES,
      sizeCalculation: (bytes, etag) => bytes.length + etag.length + 1,
      fetchMethod: async (_etag, _stale, { context: key }) =>
        compress(await buffer((await storage.open(key)).body)),
      // An entry evicted during its compression is still returned to the callers that wait for it.
      ignoreFetchAbort: true,
    });
  }

  /** Concurrent callers share one compression of the same file. Rejects with NotFoundError. */
  get(etag: string, key: string): Promise<Buffer> {
    return this.zipped.forceFetch(etag, { context: key });
  }
}
