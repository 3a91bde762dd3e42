import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { untilAnswered } from '../platform/mongo/unanswered-write.js';
import { UnreferencedAlbumMedia } from './unreferenced-album-media.schema.js';

/** A cleanup entry as it was written or read. */
export interface DueAlbumMedia {
  prefix: string;
  albumId: string;
  removeAfter: Date;
}

/**
 * Deferred deletion, like songs/media/unreferenced-media.service.ts: an entry is written before the first byte is stored and
 * before the last reference is removed.
 */
@Injectable()
export class AlbumMediaCleanup {
  constructor(
    @InjectModel(UnreferencedAlbumMedia.name) private readonly entries: Model<UnreferencedAlbumMedia>,
    private readonly clock: DatabaseClock,
  ) {}

  async beforeUnreference(albumId: string, prefix: string, graceSeconds: number): Promise<DueAlbumMedia> {
    const removeAfter = await this.clock.in(graceSeconds * 1000);
    await untilAnswered(() =>
      this.entries.updateOne({ _id: prefix }, { $set: { albumId, removeAfter } }, { upsert: true }),
    );
    return { prefix, albumId, removeAfter };
  }

  /** Called repeatedly while the prefix is copied to another store. Postpones an existing entry, else creates one. */
  async extend(albumId: string, prefix: string, graceSeconds: number): Promise<void> {
    const removeAfter = await this.clock.in(graceSeconds * 1000);
    await this.entries.updateOne(
      { _id: prefix },
      { $max: { removeAfter }, $setOnInsert: { albumId } },
      { upsert: true },
    );
  }

  /** Deletes an entry that was dealt with, unless it has been renewed meanwhile. */
  async done({ prefix, removeAfter }: DueAlbumMedia): Promise<void> {
    await untilAnswered(() => this.entries.deleteOne({ _id: prefix, removeAfter }));
  }

  async dueEntries(limit: number): Promise<DueAlbumMedia[]> {
    const found = await this.entries
      .find({ removeAfter: { $lte: await this.clock.now() } })
      .sort({ removeAfter: 1 })
      .limit(limit)
      .lean();
    return found.map(({ _id, albumId, removeAfter }) => ({ prefix: _id, albumId, removeAfter }));
  }
}
