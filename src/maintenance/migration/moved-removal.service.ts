import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { NotFoundError, UnavailableError } from '../../platform/errors/domain-error.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { MediaIncompleteError, objectsOf, type MediaGroup } from '../../platform/storage/media-group.js';
import type { MediaStorage } from '../../platform/storage/media-storage.js';
import { MediaLibrary } from './media-library.service.js';
import { MovedMediaRepository } from './moved-media.repository.js';
import type { MovedMedia } from './moved-media.schema.js';

export interface RemovalReport {
  removed: number;
  /** Number of objects still in use: their owner was moved back, or was never switched. */
  inUse: number;
  /** Media whose copy in the new store is incomplete. It is not removed, and the operator should check it. */
  doubtful: string[];
  /** Number of entries that were moved too recently. */
  waiting: number;
  /** Why the run stopped before the end (a store does not answer or refuses access); undefined if it did not. */
  stopped: string | undefined;
}

/** Removes media that was moved out of a store long enough ago, if the copy in the new store is complete. */
@Injectable()
export class MovedRemoval {
  constructor(
    private readonly library: MediaLibrary,
    private readonly movedMedia: MovedMediaRepository,
    private readonly clock: DatabaseClock,
  ) {}

  /** `storeOf` opens a store by its name. The signal stops the run between two entries. */
  async run(
    fromName: StoreName,
    storeOf: (name: StoreName) => MediaStorage,
    graceSeconds: number,
    signal: AbortSignal,
  ): Promise<RemovalReport> {
    const report: RemovalReport = { removed: 0, inUse: 0, doubtful: [], waiting: 0, stopped: undefined };
    const before = await this.clock.ago(graceSeconds * 1000);
    try {
      for await (const entry of this.movedMedia.movedUntil(fromName, before)) {
        signal.throwIfAborted();
        await this.remove(entry, storeOf, report);
      }
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      report.stopped = error.message;
    }
    report.waiting = await this.movedMedia.countMovedAfter(fromName, before);
    return report;
  }

  private async remove(
    entry: MovedMedia,
    storeOf: (name: StoreName) => MediaStorage,
    report: RemovalReport,
  ): Promise<void> {
    const owner = await this.library.read(entry.kind, entry.ownerId);
    const part = owner?.parts.find(({ at }) => at === entry.at);
    if (part?.store === entry.from) report.inUse++;
    else if (part && !(await isWhole(storeOf(part.store), storeOf(entry.from), part))) {
      report.doubtful.push(entry.at);
      return;
    } else {
      await storeOf(entry.from).remove(entry.at);
      report.removed++;
    }
    await this.movedMedia.delete(entry);
  }
}

/** Says whether the new store has every object of the old one with the same size. */
async function isWhole(now: MediaStorage, old: MediaStorage, part: MediaGroup): Promise<boolean> {
  try {
    const present = new Map((await objectsOf(now, part)).map(({ key, bytes }) => [key, bytes]));
    const before = part.keys ? [] : await objectsOf(old, { ...part, bytes: null });
    return before.every(({ key, bytes }) => present.get(key) === bytes);
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof MediaIncompleteError) return false;
    throw error;
  }
}
