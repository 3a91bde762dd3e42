import { Worker } from 'node:worker_threads';
import { Injectable, Logger } from '@nestjs/common';

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

/** A tag parser stuck in a hostile file is ended after this long, milliseconds. */
const TIME_LIMIT_MS = 10_000;
const HEAP_LIMIT_MB = 256;

/** Reads tags in a thread of its own: a file made to hang or exhaust the parser costs its tags, not the server. */
@Injectable()
export class TagReader {
  private readonly logger = new Logger(TagReader.name);

  /** Never rejects: a song without readable tags is still a song. */
  read(path: string): Promise<Tags> {
    return new Promise((resolve) => {
      const worker = new Worker(new URL('./tags.worker.js', import.meta.url), {
        workerData: path,
        resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
      });
      const finish = (tags: Tags, problem?: string) => {
        clearTimeout(timer);
        if (problem) this.logger.warn(`tags not read: ${problem}`);
        resolve(tags);
        void worker.terminate();
      };
      const timer = setTimeout(() => finish({}, 'took too long'), TIME_LIMIT_MS);
      worker.once('message', (tags: Tags) => finish(tags));
      worker.once('error', (error) => finish({}, error.message));
      worker.once('exit', () => finish({}));
    });
  }
}
