import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, UpdateQuery } from 'mongoose';
import { ReadThroughCache } from '../../platform/cache/read-through-cache.service.js';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import { ConflictError, NotFoundError } from '../../platform/errors/domain-error.js';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { Config } from '../../platform/config/config.js';
import { EventBus } from '../../events/event-bus.js';
import { owned, type Attempt } from './attempt.js';
import type { Generation } from './generation.schema.js';
import { ProcessingState } from './processing.schema.js';
import { hlsAnswerKey, songMedia } from '../media/song-media.js';
import { Song, type SongDocument } from '../song.schema.js';
import { UnreferencedMedia } from '../media/unreferenced-media.service.js';

/** Sets the generation of a song that listeners get, and announces the change. */
@Injectable()
export class SongPublication {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly unreferenced: UnreferencedMedia,
    private readonly cache: ReadThroughCache,
    private readonly config: Config,
    private readonly eventBus: EventBus,
  ) {}

  /**
   * Makes the new generation the one that listeners get, in a single update. False if the attempt no longer owned the
   * song. The steps after the update cannot make it fail.
   */
  async publish(attempt: Attempt, generation: Generation): Promise<boolean> {
    const { songId } = attempt;
    const before = await this.songs.findOne(owned(attempt));
    if (!before) return false;
    const keep = this.config.KEEP_GENERATIONS;
    const retired = [...before.generations.map(({ id }) => id), generation.id].slice(0, -keep);
    await this.unreferenced.beforeUnreference(
      songId,
      retired.map((id) => songMedia.generation(songId, id)),
      this.config.MEDIA_GRACE_SECONDS,
    );
    const update: UpdateQuery<Song> = {
      $set: {
        publishedGeneration: generation.id,
        'processing.state': ProcessingState.READY,
        'processing.percent': 100,
        'processing.encoded': Object.fromEntries(generation.renditions.map(({ name }) => [name, 100])),
        'processing.finishedAt': databaseTime(),
        'processing.error': null,
        'processing.attemptId': null,
      },
      $push: { generations: { $each: [generation], $slice: -keep } },
    };
    const isPublished = await untilAnswered(async (again) => {
      const { modifiedCount } = await this.songs.updateOne(owned(attempt), update);
      return modifiedCount === 1 || (again && (await this.hasGeneration(attempt)));
    });
    if (isPublished) await this.announcePublished(attempt);
    return isPublished;
  }

  /**
   * Whether an attempt that no longer owns its song has published it although the reply was lost; announces it then.
   * Call it after the attempt has ended (`fail`, `release`): before, the publish might still take effect afterwards.
   */
  async hasPublished(attempt: Attempt): Promise<boolean> {
    const isPublished = await this.hasGeneration(attempt);
    if (isPublished) await this.announcePublished(attempt);
    return isPublished;
  }

  /** Publishes an earlier generation again. Throws NotFoundError, ConflictError. */
  async rollback(songId: string, generation: string): Promise<SongDocument> {
    const song = await untilAnswered(() =>
      this.songs.findOneAndUpdate(
        { _id: songId, 'generations.id': generation },
        { $set: { publishedGeneration: generation } },
        { returnDocument: 'after' },
      ),
    );
    if (!song) {
      if (!(await this.songs.exists({ _id: songId }))) throw new NotFoundError('Song', songId);
      throw new ConflictError(
        `This song keeps no generation "${generation.slice(0, 40)}"; see Song.generations.`,
      );
    }
    await this.cache.invalidate(hlsAnswerKey(songId));
    void this.eventBus.publish({ type: 'song.changed', songId });
    return song;
  }

  private async hasGeneration({ songId, attemptId }: Attempt): Promise<boolean> {
    return (await this.songs.exists({ _id: songId, 'generations.id': attemptId })) !== null;
  }

  private async announcePublished({ songId, attemptId }: Attempt): Promise<void> {
    await this.cache.invalidate(hlsAnswerKey(songId));
    void this.eventBus.publish({ type: 'song.ready', songId, generation: attemptId });
    await this.unreferenced.referenced(songMedia.generation(songId, attemptId));
  }
}
