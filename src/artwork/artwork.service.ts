import { Readable } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { TimedOutError } from '../platform/errors/timed-out-error.js';
import { ChildEndedError, WarmChild } from '../platform/child-process/warm-child.js';
import { IMMUTABLE, MediaStorage } from '../platform/storage/media-storage.js';
import { storedImages } from './artwork-images.js';
import type { Artwork } from './artwork.schema.js';
import { ArtworkInvalidError, checkFileSize } from './cover-rules.js';
import type { CoverSet, MadeCover } from './cover.process.js';

/** The most expensive valid picture (25 megapixels, a progressive JPEG) takes a third of this time and memory. */
const LIMITS = { cpuSeconds: 10, residentBytes: 640 * 1024 ** 2, heapMegabytes: 128 };

/** Makes covers from untrusted pictures, in a separate process that can be ended. */
@Injectable()
export class ArtworkService implements OnApplicationShutdown {
  private readonly child = new WarmChild<Uint8Array, MadeCover>(
    new URL('./cover.process.js', import.meta.url),
    LIMITS,
  );

  constructor(private readonly storage: MediaStorage) {}

  /**
   * Rejects with ArtworkInvalidError (ARTWORK_INVALID) unless `image` is a still JPEG, PNG, WebP or GIF within the size
   * limits that takes no more work than such a picture does, and with TimedOutError when the machine is too busy.
   */
  async make(image: Uint8Array): Promise<CoverSet> {
    checkFileSize(image.length);
    const made = await this.child.run(image).catch((error: unknown) => {
      if (!(error instanceof ChildEndedError)) throw error;
      if (error.isTransient) throw new TimedOutError();
      throw new ArtworkInvalidError(
        'The cover takes far more work to unpack than a picture of its size. Save it anew and try again.',
        { cause: error },
      );
    });
    if ('refusal' in made) throw new ArtworkInvalidError(made.refusal);
    return made.cover;
  }

  onApplicationShutdown(): void {
    this.child.close();
  }

  /** `prefix` ends in "/" and must be new for each set, because clients cache its images for ever. */
  async store(
    prefix: string,
    { sizes, formats, dominantColour, placeholder, files }: CoverSet,
  ): Promise<Artwork> {
    const bytes = files.reduce((sum, file) => sum + file.length, 0);
    const artwork = { prefix, store: this.storage.name, bytes, sizes, formats, dominantColour, placeholder };
    const puts = await Promise.allSettled(
      storedImages(artwork).map(({ key, contentType }, i) =>
        this.storage.put(key, Readable.from([files[i]]), { contentType, cacheControl: IMMUTABLE }),
      ),
    );
    // Wait until all have ended: otherwise a later put could write after the caller has removed the prefix.
    const failed = puts.find((put) => put.status === 'rejected');
    if (failed) throw failed.reason;
    return artwork;
  }
}
