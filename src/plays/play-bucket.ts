import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type Types } from 'mongoose';

/** How often a song was played on a day, or ever. Derived from the plays, and never written by anything but the roll-up. */
@Schema({ collection: 'song_plays_daily' })
export class PlayBucket {
  /** "<day>:<songId>" */
  @Prop({ type: String, required: true })
  _id: string;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  songId: Types.ObjectId;

  /** "2026-11-23" (UTC), or "all". */
  @Prop({ required: true })
  day: string;

  @Prop({ required: true })
  plays: number;

  /** The last batches that went in: a batch repeated after a crash finds itself here. */
  @Prop({ type: [SchemaTypes.ObjectId], required: true })
  batches: Types.ObjectId[];
}

export const PlayBucketSchema = SchemaFactory.createForClass(PlayBucket);
PlayBucketSchema.index({ day: 1, plays: -1 });
