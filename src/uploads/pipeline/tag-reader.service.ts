import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { TimedOutError } from '../../platform/errors/timed-out-error.js';
import { ChildEndedError, WarmChild } from '../../platform/child-process/warm-child.js';

/** The tags found in a file. Any field may be missing, and none is to be trusted. */
export interface Tags {
  title?: string;
  artist?: string;
  albumTitle?: string;
  albumArtist?: string;
  /** Whether the album is marked as a compilation of several artists. */
  compilation?: boolean;
  trackNumber?: number;
  discNumber?: number;
  year?: number;
  genre?: string;
  /** The embedded front cover, as found. */
  cover?: Uint8Array;
}

/** An ordinary file takes a tenth of this; one that exceeds it was crafted to. */
const LIMITS = { cpuSeconds: 10, residentBytes: 640 * 1024 ** 2, heapMegabytes: 256 };

/** Reads tags in a separate process, so that a file crafted to hang or exhaust the parser loses only its own tags. */
@Injectable()
export class TagReader implements OnApplicationShutdown {
  private readonly logger = new Logger(TagReader.name);
  private readonly child = new WarmChild<string, Tags>(new URL('./tags.process.js', import.meta.url), LIMITS);

  /**
   * Resolves to no tags if they cannot be read; the file may still become a song. Throws TimedOutError if the machine
   * was too busy to read them, because a valid file must not lose its tags to that.
   */
  async read(path: string): Promise<Tags> {
    try {
      return await this.child.run(path);
    } catch (error) {
      if (error instanceof ChildEndedError && error.isTransient) throw new TimedOutError();
      this.logger.warn(`tags not read: ${(error as Error).message}`);
      return {};
    }
  }

  onApplicationShutdown(): void {
    this.child.close();
  }
}
