import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { IsEnum, IsOptional, MaxLength, MinLength } from 'class-validator';
import type { HydratedDocument } from 'mongoose';
import { Artwork } from '../artwork/artwork.schema.js';
import { Connection } from '../platform/graphql/connection.js';

export enum AlbumState {
  DRAFT = 'DRAFT',
  PUBLISHED = 'PUBLISHED',
}

registerEnumType(AlbumState, {
  name: 'AlbumState',
  description: 'Who may see an album.',
  valuesMap: {
    DRAFT: { description: 'Administrators; for everybody else it does not exist. Its songs are not hidden.' },
    PUBLISHED: { description: 'Everybody.' },
  },
});

@ObjectType({ description: 'Songs that belong together, in the order their artist wants.' })
@Schema({ timestamps: true, collection: 'albums' })
export class Album {
  @Field(() => ID, { description: 'Never changes.' })
  id: string;

  @Field({ description: 'What it is called, 1 to 300 characters.' })
  @MinLength(1)
  @MaxLength(300)
  @Prop({ required: true })
  title: string;

  @Field(() => String, {
    nullable: true,
    description: 'Whose album it is, at most 300 characters; null when unknown.',
  })
  @IsOptional()
  @MaxLength(300)
  @Prop({ type: String, default: null })
  artist: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'When it came out, as precisely as is known: "1997", "1997-09" or "1997-09-22"; null when unknown.',
  })
  @IsOptional()
  @MaxLength(10)
  @Prop({ type: String, default: null })
  releaseDate: string | null;

  @Field(() => String, { nullable: true, description: 'At most 100 characters; null when unknown.' })
  @IsOptional()
  @MaxLength(100)
  @Prop({ type: String, default: null })
  genre: string | null;

  @Field(() => AlbumState, { description: 'Who may see it.' })
  @IsEnum(AlbumState)
  @Prop({ type: String, enum: AlbumState, required: true })
  state: AlbumState;

  @Field(() => Artwork, { nullable: true, description: 'The cover; null before `setAlbumArtwork`.' })
  @Prop({ type: SchemaFactory.createForClass(Artwork), default: null })
  artwork: Artwork | null;

  @Field({ description: 'When it was made.' })
  createdAt: Date;

  /** Words by which a search finds the album (songs/search-words.ts). */
  @Prop({ type: [String], default: [], select: false })
  searchWords: string[];

  /** Holder and expiry of the lock for setting the track list (album-track-lock.service.ts); null if it is free. */
  @Prop({ type: String, default: null, select: false })
  arrangedBy: string | null;

  @Prop({ type: Date, default: null, select: false })
  arrangedUntil: Date | null;
}

export type AlbumDocument = HydratedDocument<Album>;

export const AlbumSchema = SchemaFactory.createForClass(Album);
AlbumSchema.index({ state: 1, _id: -1 });
AlbumSchema.index({ searchWords: 1, _id: -1 });

@ObjectType({ description: 'A page of albums.' })
export class AlbumConnection extends Connection(Album, 'albums') {}
