import { Injectable, Logger } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.js';
import { untilAnswered } from '../../platform/mongo/unanswered-write.js';
import { songMedia } from './song-media.js';
import { ProcessingState } from '../processing/processing.js';
import type { Song } from '../song.js';

/** A storage key or prefix that no song refers to yet, or any more. */
@Schema({ collection: 'unreferenced_media' })
export class UnreferencedEntry {
  /** The key, or with a trailing "/" the prefix. */
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true })
  songId: string;

  @Prop({ required: true, index: true })
  removeAfter: Date;

  /** Whether the song is about to let go of it; else the song does not have it yet. */
  @Prop({ default: false })
  leaving: boolean;
}

/** A line as it was read: changed since, it speaks of something newer. */
export interface DueEntry {
  key: string;
  songId: string;
  removeAfter: Date;
}

export const UnreferencedEntrySchema = SchemaFactory.createForClass(UnreferencedEntry);

/**
 * The ledger that keeps storage clean without ever listing it: a prefix is entered before its first byte is written
 * and before its last reference goes, so a crash at any point leaves a line here and the sweep removes what it names.
 * Removal asks the song again, so a line too many never costs media.
 */
@Injectable()
export class UnreferencedMedia {
  private readonly logger = new Logger(UnreferencedMedia.name);

  constructor(
    @InjectModel(UnreferencedEntry.name) private readonly entries: Model<UnreferencedEntry>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Before the first byte under these keys is written. They must never have been used before. */
  async beforeWrite(songId: string, keys: string[], graceSeconds: number): Promise<void> {
    await this.enter(songId, keys, graceSeconds, false);
  }

  /** Before the song's last reference to these keys goes. */
  async beforeUnreference(songId: string, keys: string[], graceSeconds: number): Promise<void> {
    await this.enter(songId, keys, graceSeconds, true);
  }

  /**
   * Again and again while these keys are copied to another store: whatever becomes of song and copier, somebody looks
   * after the copy. A line that is there is only put off.
   */
  async extend(songId: string, keys: string[], graceSeconds: number): Promise<void> {
    const removeAfter = await this.clock.in(graceSeconds * 1000);
    await Promise.all(
      keys.map((key) =>
        this.entries.updateOne(
          { _id: key },
          { $max: { removeAfter }, $setOnInsert: { songId, leaving: false } },
          { upsert: true },
        ),
      ),
    );
  }

  /**
   * The song refers to it now. Should somebody have replaced it meanwhile, their line stays. Never rejects: what is done
   * is done, and an entry too many costs the sweep one question.
   */
  async referenced(key: string): Promise<void> {
    await untilAnswered(() => this.entries.deleteOne({ _id: key, leaving: { $ne: true } })).catch(
      (e: Error) => this.logger.warn(`an entry of unreferenced media is left to the sweep: ${e.message}`),
    );
  }

  /** What the line asked for is done, or was not needed. A line entered anew meanwhile stays. */
  async done({ key, removeAfter }: DueEntry): Promise<void> {
    await this.entries.deleteOne({ _id: key, removeAfter });
  }

  async dueEntries(limit: number): Promise<DueEntry[]> {
    const found = await this.entries
      .find({ removeAfter: { $lte: await this.clock.now() } })
      .sort({ removeAfter: 1 })
      .limit(limit)
      .lean();
    return found.map(({ _id, songId, removeAfter }) => ({ key: _id, songId, removeAfter }));
  }

  private async enter(songId: string, keys: string[], graceSeconds: number, leaving: boolean): Promise<void> {
    const removeAfter = await this.clock.in(graceSeconds * 1000);
    await Promise.all(
      keys.map((key) =>
        untilAnswered(() =>
          this.entries.updateOne({ _id: key }, { $set: { songId, removeAfter, leaving } }, { upsert: true }),
        ),
      ),
    );
  }
}

/** Who still needs what is stored under `key`: the song, the attempt that is writing it just now, or nobody. */
export function holderOf(song: Song | null, key: string): 'song' | 'attempt' | 'nobody' {
  if (!song) return 'nobody';
  const { state, attemptId } = song.processing;
  const kept = [
    songMedia.all(song.id),
    song.original.key,
    ...(song.artwork ? [song.artwork.prefix] : []),
    ...song.generations.map(({ id }) => songMedia.generation(song.id, id)),
  ];
  if (kept.includes(key)) return 'song';
  const isWritten =
    state === ProcessingState.TRANSCODING && attemptId && key === songMedia.generation(song.id, attemptId);
  return isWritten ? 'attempt' : 'nobody';
}
