import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Max, MaxLength, Min, MinLength } from 'class-validator';
import { SchemaTypes, type HydratedDocument, type Types } from 'mongoose';
import { Artwork } from '../artwork/artwork.schema.js';
import { Connection } from '../platform/graphql/connection.js';
import { databaseTime } from '../platform/mongo/database-clock.service.js';
import { Generation } from './processing/generation.schema.js';
import { Original } from './original.schema.js';
import { Processing } from './processing/processing.schema.js';

const schemaOf = SchemaFactory.createForClass.bind(SchemaFactory);

@ObjectType({ description: 'One recording: its tags, its file and its state.' })
@Schema({ timestamps: { currentTime: databaseTime }, collection: 'songs' })
export class Song {
  @Field(() => ID, { description: 'Never changes, even when tags or audio do.' })
  id: string;

  @Field({ description: 'From `input`, else the tags, else the file name.' })
  @MinLength(1)
  @MaxLength(300)
  @Prop({ required: true })
  title: string;

  @Field(() => String, {
    nullable: true,
    description: 'Performing artist; null when neither input nor tags name one.',
  })
  @MaxLength(300)
  @Prop({ type: String, default: null })
  artist: string | null;

  @Field(() => String, { nullable: true, description: 'Album name from the tags; null when unknown.' })
  @MaxLength(300)
  @Prop({ type: String, default: null })
  albumTitle: string | null;

  /**
   * The album that contains the song, if any. Its position there is discNumber and trackNumber, so one update moves
   * it.
   */
  @Prop({ type: SchemaTypes.ObjectId, default: null })
  albumId: Types.ObjectId | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Place on its disc, from 1; orders Album.tracks. null when unknown.',
  })
  @Min(1)
  @Max(9999)
  @Prop({ type: Number, default: null })
  trackNumber: number | null;

  @Field(() => Int, { nullable: true, description: 'Which disc of the album, from 1; null when unknown.' })
  @Min(1)
  @Max(999)
  @Prop({ type: Number, default: null })
  discNumber: number | null;

  @Field(() => Int, { nullable: true, description: 'Year of release; null when unknown.' })
  @Min(0)
  @Max(9999)
  @Prop({ type: Number, default: null })
  year: number | null;

  @Field(() => String, { nullable: true, description: 'Genre from the tags; null when unknown.' })
  @MaxLength(100)
  @Prop({ type: String, default: null })
  genre: string | null;

  @Field(() => Float, { description: 'Playing time, seconds, as decoded.' })
  @Prop({ required: true })
  durationSeconds: number;

  @Field({ description: 'When it was uploaded.' })
  createdAt: Date;

  @Field(() => Original, { description: 'The file as it was uploaded.' })
  @Prop({ type: schemaOf(Original), required: true })
  original: Original;

  @Field(() => Processing, { description: 'State of the latest run.' })
  @Prop({ type: schemaOf(Processing), required: true })
  processing: Processing;

  @Field(() => [Generation], { description: 'Packages kept for playback and `rollbackSong`, oldest first.' })
  @Prop({ type: [schemaOf(Generation)], default: [] })
  generations: Generation[];

  @Field(() => ID, {
    nullable: true,
    description: 'The generation listeners get; null before the first is published.',
  })
  @Prop({ type: String, default: null })
  publishedGeneration: string | null;

  @Prop({ type: schemaOf(Artwork), default: null })
  artwork: Artwork | null;

  /**
   * Equal to `original.sha256` unless this song was allowed as a duplicate. Unique, so that races cannot make
   * duplicates.
   */
  @Prop({ type: String })
  uniqueSha256?: string;

  /** The search tokens (search-words.ts). Long and used by queries only, hence not read unless selected. */
  @Prop({ type: [String], default: [], select: false })
  searchWords: string[];
}

export type SongDocument = HydratedDocument<Song>;

export const SongSchema = SchemaFactory.createForClass(Song);
SongSchema.index({ uniqueSha256: 1 }, { unique: true, sparse: true });
SongSchema.index({ 'original.sha256': 1 });
SongSchema.index({ 'original.uploadId': 1 }, { unique: true, sparse: true });
SongSchema.index({ searchWords: 1, _id: -1 });
SongSchema.index({ albumId: 1, discNumber: 1, trackNumber: 1, _id: 1 });
SongSchema.index({ updatedAt: 1 });
SongSchema.index({ 'processing.state': 1, _id: -1 });
SongSchema.index({ 'processing.state': 1, 'processing.heartbeatAt': 1 });
SongSchema.index({ 'processing.finishedAt': 1 });

@ObjectType({ description: 'A page of songs.' })
export class SongConnection extends Connection(Song, 'songs') {}
