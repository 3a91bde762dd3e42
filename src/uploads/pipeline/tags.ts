import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { TimedOutError } from '../../platform/errors/timed-out-error.js';
import { ChildEndedError, WarmChild } from '../../platform/child-process/warm-child.js';

/** What a file says of itself; every field is hearsay and may be missing. */
export interface Tags {
  title?: string;
  artist?: string;
  albumTitle?: string;
  albumArtist?: string;
  /** Marked as an album of many artists. */
  compilation?: boolean;
  trackNumber?: number;
  discNumber?: number;
  year?: number;
  genre?: string;
  /** The embedded front cover, as found. */
  cover?: Uint8Array;
}

/** An honest file takes a tenth of it; what takes more was made to. */
const LIMITS = { cpuSeconds: 10, residentBytes: 640 * 1024 ** 2, heapMegabytes: 256 };

/** Reads tags in a process of its own: a file made to hang or exhaust the parser costs its tags, not the server. */
@Injectable()
export class TagReader implements OnApplicationShutdown {
  private readonly logger = new Logger(TagReader.name);
  private readonly child = new WarmChild<string, Tags>(new URL('./tags.process.js', import.meta.url), LIMITS);

  /**
   * A song without readable tags is still a song, and has none. Throws TimedOutError when the machine was too busy to
   * read them: an honest file must not lose its tags to that.
   */
  async read(path: string): Promise<Tags> {
    try {
      return await this.child.run(path);
    } catch (error) {
      if (error instanceof ChildEndedError && error.passes) throw new TimedOutError();
      this.logger.warn(`tags not read: ${(error as Error).message}`);
      return {};
    }
  }

  onApplicationShutdown(): void {
    this.child.close();
  }
}
