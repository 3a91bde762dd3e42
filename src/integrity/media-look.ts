import { Injectable } from '@nestjs/common';
import { NotFoundError } from '../common/domain-error.js';
import { Config } from '../config/config.js';
import { MediaIncompleteError, objectsOf, type MediaPart } from '../storage/media-part.js';
import { MediaStorage } from '../storage/media-storage.js';

/** Objects that one request for a list brings: S3's page; Cloudinary's has half of it. */
const LISTED_PER_REQUEST = 1_000;

export interface Look {
  /** null: the part is in a store that this installation does not use, so nothing can be said. */
  isWhole: boolean | null;
  /** What it cost the store; about, because a store may page as it likes. */
  requests: number;
}

/** Looks whether a part is in its store as the record has it: every object is there, and together they weigh the same. */
@Injectable()
export class MediaLook {
  constructor(
    private readonly storage: MediaStorage,
    private readonly config: Config,
  ) {}

  /** Rejects when the store does not answer or refuses us: only what it says itself is missing counts as missing. */
  async at(part: MediaPart): Promise<Look> {
    if (!this.config.usesStore(part.store)) return { isWhole: null, requests: 0 };
    try {
      // One list instead of a question for each picture of a cover.
      const keys = part.keys && part.keys.length > 1 ? part.keys : [];
      const objects = await objectsOf(this.storage, keys.length > 0 ? { ...part, keys: null } : part);
      const present = new Set(objects.filter(({ bytes }) => bytes > 0).map(({ key }) => key));
      const requests = Math.max(1, Math.ceil(objects.length / LISTED_PER_REQUEST));
      return { isWhole: keys.every((key) => present.has(key)), requests };
    } catch (error) {
      const isMissing = error instanceof NotFoundError || error instanceof MediaIncompleteError;
      if (!isMissing) throw error;
      return { isWhole: false, requests: 1 };
    }
  }
}
