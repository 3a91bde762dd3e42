import { Field, Float, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { MaxLength, MinLength } from 'class-validator';
import { SchemaTypes, Types, type HydratedDocument } from 'mongoose';
import { Connection } from '../platform/graphql/connection.js';
import { databaseTime } from '../platform/mongo/database-clock.service.js';

export enum Visibility {
  PRIVATE = 'PRIVATE',
  UNLISTED = 'UNLISTED',
  PUBLIC = 'PUBLIC',
}

registerEnumType(Visibility, {
  name: 'Visibility',
  description: 'Who may see a playlist besides its owner and collaborators.',
  valuesMap: {
    PRIVATE: { description: 'Nobody; to everybody else it does not exist.' },
    UNLISTED: { description: 'Everybody who knows its id, which cannot be guessed.' },
    PUBLIC: { description: 'Everybody; it is listed in `playlists`.' },
  },
});

/** Playlists in MAKING and REMOVING are hidden; upkeep removes those that a crash left in one of these states. */
export type PlaylistState = 'MAKING' | 'LIVE' | 'REMOVING';

/** Maximum number of entries of a playlist. */
export const MAX_ENTRIES = 10_000;
export const MAX_COLLABORATORS = 50;
export const MAX_PLAYLISTS = 1_000;

@ObjectType({ description: 'Songs in an order that its owner or collaborators chose.' })
@Schema({ timestamps: { createdAt: true, updatedAt: false }, collection: 'playlists' })
export class Playlist {
  @Field(() => ID, { description: 'Never changes.' })
  id: string;

  @Field({ description: 'What it is called, 1 to 200 characters.' })
  @MinLength(1)
  @MaxLength(200)
  @Prop({ required: true })
  title: string;

  @Field({ description: 'What it is about, plain text; may be empty.' })
  @MaxLength(2_000)
  @Prop({ default: '' })
  description: string;

  @Field(() => Visibility, { description: 'Who may see it.' })
  @Prop({ type: String, enum: Visibility, required: true })
  visibility: Visibility;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  ownerId: Types.ObjectId;

  /** Accounts that may edit: the owner, who is the first, and the collaborators. */
  @Prop({ type: [SchemaTypes.ObjectId], required: true })
  members: Types.ObjectId[];

  @Field(() => Int, {
    description: `How many entries it has, at most ${MAX_ENTRIES}. Entries of songs deleted since count until they are tidied away.`,
  })
  totalCount: number;

  @Field(() => Float, { description: 'Playing time of all entries, seconds.' })
  @Prop({ default: 0 })
  durationSeconds: number;

  @Field({ description: 'When it was made.' })
  createdAt: Date;

  @Field({ name: 'updatedAt', description: 'When it or its entries were last changed.' })
  @Prop({ type: Date, default: databaseTime })
  touchedAt: Date;

  /** Number of entries plus reserved places; never less than the number of entries. */
  @Prop({ default: 0 })
  held: number;

  /** When `held` and `durationSeconds` were last recounted from the entries; null since the last edit. */
  @Prop({ type: Date, default: null })
  countedAt: Date | null;

  /** Until when edits wait because keys are being shortened; null if they are not. */
  @Prop({ type: Date, default: null })
  arrangingUntil: Date | null;

  @Prop({ type: String, required: true })
  state: PlaylistState;

  /** Sort key for lists of playlists, newest first; ids are random and cannot serve as one. */
  @Prop({ type: SchemaTypes.ObjectId, default: () => new Types.ObjectId() })
  seq: Types.ObjectId;
}

@ObjectType({ description: 'A page of playlists.' })
export class PlaylistConnection extends Connection(Playlist, 'playlists') {}

export type PlaylistDocument = HydratedDocument<Playlist>;
export const PlaylistSchema = SchemaFactory.createForClass(Playlist);
PlaylistSchema.virtual('totalCount').get(function (this: PlaylistDocument) {
  return this.held;
});
PlaylistSchema.index({ visibility: 1, state: 1, seq: -1 });
PlaylistSchema.index({ members: 1, state: 1, seq: -1 });
PlaylistSchema.index({ ownerId: 1 });
PlaylistSchema.index({ state: 1, touchedAt: 1 });
