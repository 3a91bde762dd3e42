import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Lease } from '../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { Config } from '../platform/config/config.js';
import { CdnPurgeQueue } from '../songs/media/cdn-purge-queue.service.js';
import { SongRepository } from '../songs/song.repository.js';
import { MediaStorage } from '../platform/storage/media-storage.js';
import { AlbumMediaCleanup } from './album-media-cleanup.service.js';
import { Album } from './album.schema.js';

const BATCH = 500;

/** Removes what a deletion or a crash left of albums: unreferenced covers, and songs' references to deleted albums. */
@Injectable()
export class AlbumSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(AlbumSweep.name);
  private readonly task: PeriodicTask;

  constructor(
    @InjectModel(Album.name) private readonly albums: Model<Album>,
    private readonly songs: SongRepository,
    private readonly cleanup: AlbumMediaCleanup,
    private readonly purges: CdnPurgeQueue,
    private readonly storage: MediaStorage,
    lease: Lease,
    config: Config,
  ) {
    this.task = new PeriodicTask({
      work: (signal) => this.pass(signal),
      pauseMs: config.SWEEP_SECONDS * 1000,
      onFailure: (e) => this.logger.warn(`album sweep failed: ${e.message}`),
      inOneProcess: { lease, name: 'album sweep' },
    });
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async pass(signal: AbortSignal): Promise<void> {
    for (const entry of await this.cleanup.dueEntries(BATCH)) {
      if (signal.aborted) return;
      const { prefix, albumId } = entry;
      const album = await this.albums.findById(albumId);
      if (!album) await this.songs.clearAlbum(albumId);
      // An existing album keeps its current cover, and an entry for all its media is void.
      const isKept = album && (album.artwork?.prefix === prefix || !prefix.includes('/artwork-'));
      if (!isKept && !(await this.remove(albumId, prefix))) continue;
      await this.cleanup.done(entry);
    }
  }

  private async remove(albumId: string, prefix: string): Promise<boolean> {
    try {
      await this.storage.remove(prefix);
      await this.purges.markReady(prefix);
      return true;
    } catch (error) {
      this.logger.warn(`album ${albumId}: unreferenced cover stays for now: ${(error as Error).message}`);
      return false;
    }
  }
}
