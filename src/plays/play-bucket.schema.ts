import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type Types } from 'mongoose';

/** Number of plays of a song on one day, or in total. Derived from the plays by the roll-up. */
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

  /** The batches added last. A batch that is repeated after a crash is recognised here and not added twice. */
  @Prop({ type: [SchemaTypes.ObjectId], required: true })
  batches: Types.ObjectId[];
}

export const PlayBucketSchema = SchemaFactory.createForClass(PlayBucket);
PlayBucketSchema.index({ day: 1, plays: -1 });
