import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.service.js';
import { withLogContext } from '../../platform/logging/log-context.js';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { Config } from '../../platform/config/config.js';
import { EventBus } from '../../events/event-bus.js';
import { MediaStorage } from '../../platform/storage/media-storage.js';
import { CdnPurgeQueue } from './cdn-purge-queue.service.js';
import { hlsAnswerKey, songMedia } from './song-media.js';
import { Song } from '../song.schema.js';
import { SongsService } from '../songs.service.js';
import { TranscodeQueue } from '../queue/transcode-queue.service.js';
import { UnreferencedMedia } from './unreferenced-media.service.js';

/**
 * Removes a song in an order that is safe against crashes: first an entry in the cleanup list, then the document, then
 * everything else. A running attempt notices at its next heartbeat that it lost the song, and stops. Playlists skip
 * entries of removed songs and clean them up themselves (src/playlists).
 */
@Injectable()
export class SongRemoval {
  private readonly logger = new Logger(SongRemoval.name);

  constructor(
    @InjectModel(Song.name) private readonly model: Model<Song>,
    private readonly songs: SongsService,
    private readonly unreferenced: UnreferencedMedia,
    private readonly purges: CdnPurgeQueue,
    private readonly storage: MediaStorage,
    private readonly cache: ReadThroughCache,
    private readonly queue: TranscodeQueue,
    private readonly config: Config,
    private readonly eventBus: EventBus,
  ) {}

  /** Throws NotFoundError. */
  remove(songId: string): Promise<void> {
    return withLogContext({ songId }, () => this.removeAll(songId));
  }

  private async removeAll(songId: string): Promise<void> {
    const { processing } = await this.songs.get(songId);
    // By then a running attempt has noticed, so the sweep runs after the last byte it wrote.
    await this.unreferenced.beforeUnreference(
      songId,
      [songMedia.all(songId)],
      2 * this.config.HEARTBEAT_TIMEOUT_SECONDS,
    );
    await this.purges.schedule(songMedia.all(songId));
    try {
      await untilAnswered(() => this.model.deleteOne({ _id: songId }));
    } finally {
      await this.cache.invalidate(hlsAnswerKey(songId));
    }
    void this.eventBus.publish({ type: 'song.removed', songId });
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
