import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import { Config } from '../../platform/config/config.js';
import { MediaIncompleteError, objectsOf, type MediaGroup } from '../../platform/storage/media-group.js';
import { MediaStorage } from '../../platform/storage/media-storage.js';
import { countingRequests } from '../../platform/storage/remote/request-count.js';

/** A store did not answer a check or refused access, so the state of the media is unknown. */
export class UnansweredLookError extends Error {
  constructor(
    cause: unknown,
    /** Number of requests sent to the store nevertheless. */
    readonly requests: number,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

export interface Look {
  /** Null if the media is in a store that this installation does not use. */
  isWhole: boolean | null;
  /** Number of requests to the store, including failed attempts; a local folder or file counts as one. */
  requests: number;
}

/** Checks that a store has a media group as recorded: every object exists, and their total size is right. */
@Injectable()
export class MediaLook {
  constructor(
    private readonly storage: MediaStorage,
    private readonly config: Config,
  ) {}

  /**
   * Rejects with UnansweredLookError if the store does not answer or refuses access: media counts as missing only if
   * the store says so.
   */
  async at(part: MediaGroup): Promise<Look> {
    if (!this.config.usesStore(part.store)) return { isWhole: null, requests: 0 };
    let requests = 1;
    try {
      const isWhole = await countingRequests(
        () => this.isWhole(part),
        (made) => (requests = Math.max(1, made)),
      );
      return { isWhole, requests };
    } catch (error) {
      throw new UnansweredLookError(error, requests);
    }
  }

  private async isWhole(part: MediaGroup): Promise<boolean> {
    try {
      // One listing instead of one request per picture of a cover.
      const keys = part.keys && part.keys.length > 1 ? part.keys : [];
      const objects = await objectsOf(this.storage, keys.length > 0 ? { ...part, keys: null } : part);
      const present = new Set(objects.filter(({ bytes }) => bytes > 0).map(({ key }) => key));
      return keys.every((key) => present.has(key));
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof MediaIncompleteError) return false;
      throw error;
    }
  }
}
