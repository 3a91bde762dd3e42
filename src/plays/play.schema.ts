import { Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type HydratedDocument, type Types } from 'mongoose';
import { Connection } from '../platform/graphql/connection.js';

/** Progress of a play towards the counters. It only grows, so writing it with `$max` never undoes a step. */
export const Stage = {
  /** Not heard long enough (yet). */
  HEARD: 0,
  /** Heard long enough, but not yet counted. */
  DUE: 1,
  /** Assigned to the batch named in `batch`, which is added to the counters as a whole. */
  CLAIMED: 2,
  COUNTED: 3,
} as const;

@ObjectType({ description: 'Record that a song was heard.' })
@Schema({ collection: 'plays' })
export class Play {
  /** The client's play id in lower case. It makes reports of a play idempotent. */
  @Prop({ type: String, required: true })
  _id: string;

  @Field(() => ID, { description: 'The `playId` it was recorded under.' })
  id: string;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  songId: Types.ObjectId;

  /** Null if the listener was not signed in. */
  @Prop({ type: SchemaTypes.ObjectId, default: null })
  accountId: Types.ObjectId | null;

  @Field(() => Date, { description: 'When it was first reported, by the server’s clock.' })
  @Prop({ type: Date, required: true })
  at: Date;

  @Field(() => Float, { description: 'How much was heard, seconds: the greatest value reported.' })
  @Prop({ required: true })
  seconds: number;

  @Prop({ required: true })
  stage: number;

  @Prop({ type: SchemaTypes.ObjectId })
  batch?: Types.ObjectId;

  /** Sort key in a history. */
  @Prop({ type: SchemaTypes.ObjectId, required: true })
  seq: Types.ObjectId;

  @Prop({ type: Date, required: true })
  expiresAt: Date;
}

@ObjectType({
  description: 'A page of plays. Those of deleted songs are left out, so it may have fewer than asked.',
})
export class PlayConnection extends Connection(Play, 'plays') {}

export type PlayDocument = HydratedDocument<Play>;
export const PlaySchema = SchemaFactory.createForClass(Play);
PlaySchema.index({ accountId: 1, seq: -1 });
PlaySchema.index({ stage: 1, batch: 1 });
PlaySchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });
