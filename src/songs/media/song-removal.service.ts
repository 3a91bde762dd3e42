import { Injectable, Logger } from '@nestjs/common';
import { withLogContext } from '../../platform/logging/log-context.js';
import { MediaStorage } from '../../platform/storage/media-storage.js';
import { TranscodeQueue } from '../queue/transcode-queue.service.js';
import { SongRepository } from '../song.repository.js';
import { SongsService } from '../songs.service.js';
import { CdnPurgeQueue } from './cdn-purge-queue.service.js';
import { songMedia } from './song-media.js';

/**
 * Removes a song in an order that is safe against crashes: first an entry in the cleanup list, then the document, then
 * everything else. A running attempt notices at its next heartbeat that it lost the song, and stops. Playlists skip
 * entries of removed songs and clean them up themselves (src/playlists).
 */
@Injectable()
export class SongRemoval {
  private readonly logger = new Logger(SongRemoval.name);

  constructor(
    private readonly songs: SongsService,
    private readonly repository: SongRepository,
    private readonly purges: CdnPurgeQueue,
    private readonly storage: MediaStorage,
    private readonly queue: TranscodeQueue,
  ) {}

  /** Throws NotFoundError. */
  remove(songId: string): Promise<void> {
    return withLogContext({ songId }, () => this.removeAll(songId));
  }

  private async removeAll(songId: string): Promise<void> {
    const { processing } = await this.songs.get(songId);
    await this.repository.delete(songId);
    await this.queue.remove(processing.jobId).catch(() => undefined);
    await this.storage
      .remove(songMedia.all(songId))
      .then(() => this.purges.markReady(songMedia.all(songId)))
      .catch((e: Error) =>
        this.logger.warn(
          `song ${songId}: files could not be removed now, the sweep will retry: ${e.message}`,
        ),
      );
    this.logger.log(`song ${songId}: deleted`);
  }
}
