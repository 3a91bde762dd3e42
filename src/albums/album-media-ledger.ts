import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';

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

/** As songs/unreferenced-media.ts: entered before the first byte is written and before the last reference goes. */
@Injectable()
export class AlbumMediaLedger {
  constructor(
    @InjectModel(UnreferencedAlbumMedia.name) private readonly entries: Model<UnreferencedAlbumMedia>,
  ) {}

  async enter(albumId: string, prefix: string, graceSeconds: number): Promise<void> {
    const removeAfter = new Date(Date.now() + graceSeconds * 1000);
    await this.entries.updateOne({ _id: prefix }, { $set: { albumId, removeAfter } }, { upsert: true });
  }

  async drop(prefix: string): Promise<void> {
    await this.entries.deleteOne({ _id: prefix });
  }

  async due(limit: number): Promise<{ prefix: string; albumId: string }[]> {
    const found = await this.entries
      .find({ removeAfter: { $lte: new Date() } })
      .sort({ removeAfter: 1 })
      .limit(limit)
      .lean();
    return found.map(({ _id, albumId }) => ({ prefix: _id, albumId }));
  }
}
