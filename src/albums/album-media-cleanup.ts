import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.js';
import { untilAnswered } from '../platform/mongo/unanswered-write.js';

/** A storage prefix that no album refers to yet, or any more. */
@Schema({ collection: 'unreferenced_album_media' })
export class UnreferencedAlbumMedia {
  /** The prefix, with its trailing "/". */
  @Prop({ type: String })
  _id: string;

  @Prop({ required: true })
  albumId: string;

  @Prop({ required: true, index: true })
  removeAfter: Date;
}

export const UnreferencedAlbumMediaSchema = SchemaFactory.createForClass(UnreferencedAlbumMedia);

/** A line as it was entered or read. */
export interface DueAlbumMedia {
  prefix: string;
  albumId: string;
  removeAfter: Date;
}

/** As songs/media/unreferenced-media.ts: entered before the first byte is written and before the last reference goes. */
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

  /** Again and again while the prefix is copied to another store; a line that is there is only put off. */
  async extend(albumId: string, prefix: string, graceSeconds: number): Promise<void> {
    const removeAfter = await this.clock.in(graceSeconds * 1000);
    await this.entries.updateOne(
      { _id: prefix },
      { $max: { removeAfter }, $setOnInsert: { albumId } },
      { upsert: true },
    );
  }

  /** What the line asked for is done, or was not needed. A line entered anew meanwhile stays. */
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
