import { Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type HydratedDocument, type Types } from 'mongoose';

/** How far a play has come on its way into the counters. Only ever grows, so `$max` can never take a step back. */
export const Stage = {
  /** Not heard long enough (yet). */
  HEARD: 0,
  /** Long enough; not in the counters. */
  DUE: 1,
  /** Belongs to the batch named in `batch`, which goes into the counters as a whole. */
  CLAIMED: 2,
  COUNTED: 3,
} as const;

@ObjectType({ description: 'That somebody heard a song.' })
@Schema({ collection: 'plays' })
export class Play {
  /** The client's play id, lower case: what makes telling it twice harmless. */
  @Prop({ type: String, required: true })
  _id: string;

  @Field(() => ID, { description: 'The `playId` it was recorded under.' })
  id: string;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  songId: Types.ObjectId;

  /** Null for somebody who was not signed in. */
  @Prop({ type: SchemaTypes.ObjectId, default: null })
  accountId: Types.ObjectId | null;

  @Field(() => Date, { description: 'When it was first told, by the server’s clock.' })
  @Prop({ type: Date, required: true })
  at: Date;

  @Field(() => Float, { description: 'How much was heard, seconds: the most that was told.' })
  @Prop({ required: true })
  seconds: number;

  @Prop({ required: true })
  stage: number;

  @Prop({ type: SchemaTypes.ObjectId })
  batch?: Types.ObjectId;

  /** Its place in a history. */
  @Prop({ type: SchemaTypes.ObjectId, required: true })
  seq: Types.ObjectId;

  @Prop({ type: Date, required: true })
  expiresAt: Date;
}

export type PlayDocument = HydratedDocument<Play>;
export const PlaySchema = SchemaFactory.createForClass(Play);
PlaySchema.index({ accountId: 1, seq: -1 });
PlaySchema.index({ stage: 1, batch: 1 });
PlaySchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
