import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { AnyBulkWriteOperation, Model, Types } from 'mongoose';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { isDuplicateKey } from '../platform/mongo/duplicate-key.js';
import { untilAnswered } from '../platform/mongo/unanswered-write.js';
import { PlaylistEntry, type PlaylistEntryDocument } from './playlist-entry.schema.js';
import type { KeyChange, Reconciled } from './playlist-recount.js';

/** Entries per write. */
const BATCH = 500;

export type NewEntry = Omit<PlaylistEntry, 'id'> & { _id: Types.ObjectId };

/** The one writer of `playlist_entries`. Two entries of a playlist never have the same key: an index refuses it. */
@Injectable()
export class PlaylistEntryRepository {
  constructor(@InjectModel(PlaylistEntry.name) private readonly entries: Model<PlaylistEntry>) {}

  /**
   * Inserts entries in this order until a key is taken. Resolves to those that are written: all of them, or the first
   * ones, or none.
   */
  async insertUntilTaken(entries: NewEntry[]): Promise<PlaylistEntryDocument[]> {
    try {
      return await untilAnswered(() => this.entries.insertMany(entries));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // The key is another edit's or, after a lost answer, that of one of these very entries.
      return this.entries.find({ _id: { $in: entries.map(({ _id }) => _id) } }).sort({ order: 1 });
    }
  }

  /** Inserts the entries of a playlist that nobody else can see yet. */
  async insertCopies(entries: Omit<NewEntry, '_id'>[]): Promise<void> {
    for (const batch of batchesOf(entries)) await this.entries.insertMany(batch);
  }

  /** Null if the key is taken. Throws NotFoundError if the playlist has no such entry. */
  async move(playlistId: string, entryId: string, order: string): Promise<PlaylistEntryDocument | null> {
    try {
      const moved = await this.entries.findOneAndUpdate(
        { _id: entryId, playlistId },
        { $set: { order } },
        { returnDocument: 'after' },
      );
      if (!moved) throw new NotFoundError('PlaylistEntry', entryId);
      return moved;
    } catch (error) {
      if (isDuplicateKey(error)) return null;
      throw error;
    }
  }

  /**
   * Gives entries that still have their old key the new one, one after the other. `mayContinue` is asked before each
   * batch; after a no, the rest is left unchanged.
   */
  async changeKeys(changes: KeyChange[], mayContinue: () => boolean): Promise<void> {
    for (const batch of batchesOf(changes)) {
      if (!mayContinue()) return;
      const writes = batch.map(({ _id, from, to }) => ({
        updateOne: { filter: { _id, order: from }, update: { $set: { order: to } } },
      }));
      await this.entries.bulkWrite(writes, { ordered: true });
    }
  }

  /** The removed entry; null if the playlist has no such entry (any more). */
  remove(playlistId: string, entryId: string): Promise<PlaylistEntryDocument | null> {
    return this.entries.findOneAndDelete({ _id: entryId, playlistId }).exec();
  }

  async removeAll(entries: Pick<NewEntry, '_id'>[]): Promise<void> {
    await this.entries.deleteMany({ _id: { $in: entries.map(({ _id }) => _id) } });
  }

  async removeAllOf(playlistId: string | Types.ObjectId): Promise<void> {
    await this.entries.deleteMany({ playlistId });
  }

  /** Deletes the entries of songs that are gone and corrects the playing time of those whose song has changed. */
  async correct({ orphaned, outdated }: Pick<Reconciled, 'orphaned' | 'outdated'>): Promise<void> {
    const writes: AnyBulkWriteOperation<PlaylistEntry>[] = [
      ...orphaned.map(({ _id }) => ({ deleteOne: { filter: { _id } } })),
      ...outdated.map(({ _id, seconds }) => ({
        updateOne: { filter: { _id }, update: { $set: { seconds } } },
      })),
    ];
    for (const batch of batchesOf(writes)) await this.entries.bulkWrite(batch);
  }
}

function* batchesOf<T>(items: T[]): Generator<T[]> {
  for (let i = 0; i < items.length; i += BATCH) yield items.slice(i, i + BATCH);
}
