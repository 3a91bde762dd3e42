import { Injectable } from '@nestjs/common';
import { DatabaseClock } from '../../platform/mongo/database-clock.js';
import { NotFoundError, UnavailableError } from '../../platform/errors/domain-error.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { MediaIncompleteError, objectsOf, type MediaGroup } from '../../platform/storage/media-group.js';
import type { MediaStorage } from '../../platform/storage/media-storage.js';
import { MediaLibrary } from './media-library.js';
import { MovedMediaRepository, type MovedMedia } from './moved-media.js';

export interface RemovalReport {
  removed: number;
  /** In use here after all: moved back meanwhile, or never told of the move. */
  inUse: number;
  /** The new copy is not there as it was: nothing is removed, a person should look. */
  doubtful: string[];
  /** Moved too lately. */
  waiting: number;
  /** Why it ended before the end: a store does not answer, or refuses us. */
  stopped: string | undefined;
}

/** Removes what was moved out of a store long enough ago, if whoever has it now really has it. */
@Injectable()
export class MovedRemoval {
  constructor(
    private readonly library: MediaLibrary,
    private readonly movedMedia: MovedMediaRepository,
    private readonly clock: DatabaseClock,
  ) {}

  /** `storeOf` opens a store by its name. The signal ends it between two lines. */
  async run(
    fromName: StoreName,
    storeOf: (name: StoreName) => MediaStorage,
    graceSeconds: number,
    signal: AbortSignal,
  ): Promise<RemovalReport> {
    const report: RemovalReport = { removed: 0, inUse: 0, doubtful: [], waiting: 0, stopped: undefined };
    const before = await this.clock.ago(graceSeconds * 1000);
    try {
      for await (const line of this.movedMedia.movedUntil(fromName, before)) {
        signal.throwIfAborted();
        await this.remove(line, storeOf, report);
      }
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      report.stopped = error.message;
    }
    report.waiting = await this.movedMedia.countMovedAfter(fromName, before);
    return report;
  }

  private async remove(
    line: MovedMedia,
    storeOf: (name: StoreName) => MediaStorage,
    report: RemovalReport,
  ): Promise<void> {
    const owner = await this.library.read(line.kind, line.ownerId);
    const part = owner?.parts.find(({ at }) => at === line.at);
    if (part?.store === line.from) report.inUse++;
    else if (part && !(await isWhole(storeOf(part.store), storeOf(line.from), part))) {
      report.doubtful.push(line.at);
      return;
    } else {
      await storeOf(line.from).remove(line.at);
      report.removed++;
    }
    await this.movedMedia.delete(line);
  }
}

/** Whether the new store has every object the old one has, each of the same size. */
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
