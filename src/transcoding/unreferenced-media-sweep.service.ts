import { Injectable, Logger } from '@nestjs/common';
import { withLogContext } from '../platform/logging/log-context.js';
import { MediaStorage } from '../platform/storage/media-storage.js';
import { CdnPurgeQueue } from '../songs/media/cdn-purge-queue.service.js';
import { holderOf, UnreferencedMedia, type DueEntry } from '../songs/media/unreferenced-media.service.js';
import { SongsService } from '../songs/songs.service.js';

/** Entries of the cleanup list per pass. */
const BATCH = 500;

/** Works off the due entries of the cleanup list: removes files that neither the song nor a running attempt uses. */
@Injectable()
export class UnreferencedMediaSweep {
  private readonly logger = new Logger(UnreferencedMediaSweep.name);

  constructor(
    private readonly songs: SongsService,
    private readonly unreferenced: UnreferencedMedia,
    private readonly purges: CdnPurgeQueue,
    private readonly storage: MediaStorage,
  ) {}

  async pass(): Promise<void> {
    for (const entry of await this.unreferenced.dueEntries(BATCH))
      await withLogContext({ songId: entry.songId }, () => this.removeIfUnused(entry));
  }

  private async removeIfUnused(entry: DueEntry): Promise<void> {
    const { key, songId } = entry;
    const holder = holderOf(await this.songs.find(songId), key);
    // The attempt may still fail, so the entry stays until it has ended.
    if (holder === 'attempt') return;
    if (holder === 'none' && !(await this.remove(songId, key))) return;
    await this.unreferenced.done(entry);
  }

  /** Resolves to false instead of rejecting, so that one failing folder does not keep the sweep from the others. */
  private async remove(songId: string, key: string): Promise<boolean> {
    try {
      await this.storage.remove(key);
      await this.purges.markReady(key);
      this.logger.log(`song ${songId}: removed unreferenced media`);
      return true;
    } catch (error) {
      const { message } = error as Error;
      this.logger.warn(`song ${songId}: unreferenced media could not be removed now, will retry: ${message}`);
      return false;
    }
  }
}
