import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type HydratedDocument, type Types } from 'mongoose';
import { Connection } from '../platform/graphql/connection.js';

@ObjectType({ description: 'One entry of a playlist. A song may have several.' })
@Schema({ collection: 'playlist_entries' })
export class PlaylistEntry {
  @Field(() => ID, { description: 'Stays the same wherever the entry is moved.' })
  id: string;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  playlistId: Types.ObjectId;

  @Prop({ type: SchemaTypes.ObjectId, required: true })
  songId: Types.ObjectId;

  /** Its position (order-key.ts). */
  @Prop({ required: true })
  order: string;

  /** Playing time of the song when it was last read, seconds. The playlist's sum contains exactly this value. */
  @Prop({ required: true })
  seconds: number;

  @Field(() => Date, { description: 'When it was added; copies keep no history.' })
  @Prop({ type: Date, required: true })
  addedAt: Date;

  @Field(() => ID, { description: 'Account.id of the account that added it.' })
  @Prop({ type: SchemaTypes.ObjectId, required: true })
  addedBy: Types.ObjectId;
}

@ObjectType({
  description:
    'A page of entries. Those whose song was deleted are left out, so a page may have fewer than asked.',
})
export class PlaylistEntryConnection extends Connection(PlaylistEntry, 'entries') {}

export type PlaylistEntryDocument = HydratedDocument<PlaylistEntry>;
export const PlaylistEntrySchema = SchemaFactory.createForClass(PlaylistEntry);
PlaylistEntrySchema.index({ playlistId: 1, order: 1 }, { unique: true });
