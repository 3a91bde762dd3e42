import { Injectable, Logger } from '@nestjs/common';
import type { QueryFilter } from 'mongoose';
import { processingFields, type TransitionFields } from '../../songs/processing/attempt.js';
import { ProcessingState, type ProcessingError } from '../../songs/processing/processing.schema.js';
import { SongLifecycle } from '../../songs/processing/song-lifecycle.service.js';
import { SongMetrics } from '../../songs/song-metrics.service.js';
import { SongRepository } from '../../songs/song.repository.js';
import type { Song } from '../../songs/song.schema.js';
import type { SongRecord } from './media-owners.service.js';
import { ORIGINAL_MISSING, type Remedy } from './remedy.js';

const { READY, FAILED } = ProcessingState;

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
    private readonly songs: SongRepository,
    private readonly lifecycle: SongLifecycle,
    private readonly metrics: SongMetrics,
  ) {}

  /** Resolves to whether the song was changed. The sweep removes what is left of dropped generations. */
  async apply(songId: string, seen: SongRecord, remedy: Remedy): Promise<boolean> {
    if (remedy.kind === 'none') return false;
    if (remedy.kind === 'drop') return this.songs.dropGenerations(songId, remedy.generations);
    const changed = await this.publishOther(songId, seen, remedy);
    if (changed && remedy.kind === 'remake' && remedy.drop.length > 0)
      await this.songs.dropGenerations(songId, remedy.drop);
    return changed;
  }

  private async publishOther(
    songId: string,
    { publishedGeneration, original }: SongRecord,
    remedy: Exclude<Remedy, { kind: 'none' | 'drop' }>,
  ): Promise<boolean> {
    const still = { publishedGeneration, 'original.key': original.key };
    if (remedy.kind === 'give up') return this.giveUp(songId, still);
    const { kind, publish } = remedy;
    if (kind === 'remake') {
      this.logger.warn(`song ${songId}: files of what is published are missing; it is made again`);
      const queued = await this.lifecycle.remake(songId, still, publish, MEDIA_MISSING);
      // Otherwise a transcode is already running, and its result will do.
      return queued !== null || this.change(songId, still, { publishedGeneration: publish });
    }
    if (kind === 'restore') {
      this.logger.log(`song ${songId}: its files are back`);
      const restored = processingFields({ state: READY, error: null });
      const isFailed = { ...still, 'processing.state': FAILED };
      return this.change(songId, isFailed, { ...restored, publishedGeneration: publish });
    }
    this.logger.error(
      `song ${songId}: its original is lost and files of what was published; an older one plays`,
    );
    return this.change(songId, still, { publishedGeneration: publish });
  }

  private async giveUp(songId: string, still: QueryFilter<Song>): Promise<boolean> {
    const isAtRest = { ...still, 'processing.state': { $in: [READY, FAILED] } };
    const failed = processingFields({ state: FAILED, error: LOST });
    const ended = await this.change(songId, isAtRest, { ...failed, publishedGeneration: null });
    // A running transcode will fail with the same error.
    if (!ended) return this.change(songId, still, { publishedGeneration: null });
    this.logger.error(`song ${songId}: its original is lost and so is everything made of it`);
    this.metrics.recordSongFailed();
    return true;
  }

  private async change(
    songId: string,
    condition: QueryFilter<Song>,
    set: TransitionFields & Pick<Song, 'publishedGeneration'>,
  ): Promise<boolean> {
    const trace = { publishedGeneration: set.publishedGeneration };
    return (await this.songs.transition({ songId, condition, set, trace })) !== null;
  }
}
