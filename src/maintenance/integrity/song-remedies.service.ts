import { Injectable, Logger } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, UpdateQuery } from 'mongoose';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.service.js';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import { Config } from '../../platform/config/config.js';
import { EventBus } from '../../events/event-bus.js';
import { ProcessingState, type ProcessingError } from '../../songs/processing/processing.schema.js';
import { hlsAnswerKey, songMedia } from '../../songs/media/song-media.js';
import { SongLifecycle } from '../../songs/processing/song-lifecycle.service.js';
import { failedEvent } from '../../songs/events/song-events.js';
import { SongMetrics } from '../../songs/song-metrics.service.js';
import { Song } from '../../songs/song.schema.js';
import { UnreferencedMedia } from '../../songs/media/unreferenced-media.service.js';
import type { SongRecord } from './media-owners.service.js';
import { ORIGINAL_MISSING, type Remedy } from './remedy.js';

const { READY, FAILED } = ProcessingState;
const AT_REST = { $in: [READY, FAILED] };

const MEDIA_MISSING: ProcessingError = {
  code: 'MEDIA_MISSING',
  message: 'Files of this song were missing in the store; it is being made again from the original.',
  retryable: true,
};

const LOST: ProcessingError = {
  code: ORIGINAL_MISSING,
  message: 'The files of this song and its original are not in storage any more; upload it again.',
  retryable: false,
};

/** Applies remedies. Each update is conditional on the song not having changed since it was checked. */
@Injectable()
export class SongRemedies {
  private readonly logger = new Logger('SelfCheck');

  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly lifecycle: SongLifecycle,
    private readonly unreferenced: UnreferencedMedia,
    private readonly cache: ReadThroughCache,
    private readonly events: EventBus,
    private readonly metrics: SongMetrics,
    private readonly config: Config,
  ) {}

  /** Resolves to whether the song was changed. */
  async apply(songId: string, seen: SongRecord, remedy: Remedy): Promise<boolean> {
    if (remedy.kind === 'none') return false;
    if (remedy.kind === 'drop') return this.drop(songId, remedy.generations);
    const changed = await this.publishOther(songId, seen, remedy);
    if (!changed) return false;
    await this.cache.invalidate(hlsAnswerKey(songId));
    void this.events.publish({ type: 'song.changed', songId });
    if (remedy.kind === 'remake' && remedy.drop.length > 0) await this.drop(songId, remedy.drop);
    return true;
  }

  private async publishOther(
    songId: string,
    { publishedGeneration, original }: SongRecord,
    remedy: Exclude<Remedy, { kind: 'none' | 'drop' }>,
  ): Promise<boolean> {
    const still = { _id: songId, publishedGeneration, 'original.key': original.key };
    const publish = remedy.kind === 'give up' ? null : remedy.publish;
    if (remedy.kind === 'remake') {
      this.logger.warn(`song ${songId}: files of what is published are missing; it is made again`);
      const queued = await this.lifecycle.requeue({ ...still, 'processing.state': AT_REST }, songId, {
        publishedGeneration: publish,
        'processing.attempt': 1,
        'processing.queuedAt': databaseTime(),
        'processing.error': MEDIA_MISSING,
      });
      // Otherwise a transcode is already running, and its result will do.
      return queued !== null || this.change(still, { $set: { publishedGeneration: publish } });
    }
    if (remedy.kind === 'restore') {
      this.logger.log(`song ${songId}: its files are back`);
      return this.change(
        { ...still, 'processing.state': FAILED },
        { $set: { publishedGeneration: publish, 'processing.state': READY, 'processing.error': null } },
      );
    }
    if (remedy.kind === 'fall back') {
      this.logger.error(
        `song ${songId}: its original is lost and files of what was published; an older one plays`,
      );
      return this.change(still, { $set: { publishedGeneration: publish } });
    }
    return this.giveUp(songId, still);
  }

  private async giveUp(songId: string, still: Record<string, unknown>): Promise<boolean> {
    const ended = await this.change(
      { ...still, 'processing.state': AT_REST },
      { $set: { publishedGeneration: null, 'processing.state': FAILED, 'processing.error': LOST } },
    );
    // A running transcode will fail with the same error.
    if (!ended) return this.change(still, { $set: { publishedGeneration: null } });
    this.logger.error(`song ${songId}: its original is lost and so is everything made of it`);
    this.metrics.recordSongFailed();
    void this.events.publish(failedEvent(songId, LOST));
    return true;
  }

  /** Removes generations from the song; the sweep removes their remaining files. */
  private async drop(songId: string, generations: readonly string[]): Promise<boolean> {
    await this.unreferenced.beforeUnreference(
      songId,
      generations.map((id) => songMedia.generation(songId, id)),
      this.config.MEDIA_GRACE_SECONDS,
    );
    return this.change(
      { _id: songId, publishedGeneration: { $nin: generations } },
      { $pull: { generations: { id: { $in: generations } } } },
    );
  }

  private async change(condition: Record<string, unknown>, update: UpdateQuery<Song>): Promise<boolean> {
    const { modifiedCount } = await this.songs.updateOne(condition as never, update);
    return modifiedCount === 1;
  }
}
