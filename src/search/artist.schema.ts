import { createHash } from 'node:crypto';
import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { Types, type HydratedDocument } from 'mongoose';
import { Connection } from '../platform/graphql/connection.js';
import { foldedKey } from '../songs/search-words.js';

@ObjectType({
  description: 'A performer of songs of the library; it exists as long as one of its songs does.',
})
@Schema({ collection: 'artists' })
export class Artist {
  @Field(() => ID, {
    description: 'Follows from the name, accents and case aside; another name is another artist.',
  })
  id: string;

  @Field({ description: 'As one of its songs spells it.' })
  @Prop({ required: true })
  name: string;

  @Prop({ type: [String], required: true, select: false })
  searchWords: string[];

  /** When ArtistRegister last verified that the artist has a song. */
  @Prop({ required: true })
  checkedAt: Date;
}

export type ArtistDocument = HydratedDocument<Artist>;

export const ArtistSchema = SchemaFactory.createForClass(Artist);
ArtistSchema.index({ searchWords: 1, _id: -1 });
ArtistSchema.index({ checkedAt: 1 });

/** Derives the id from the name, so that every process assigns the same id. */
export function artistIdOf(name: string): Types.ObjectId {
  return new Types.ObjectId(createHash('sha256').update(foldedKey(name)).digest('hex').slice(0, 24));
}

@ObjectType({ description: 'A page of artists.' })
export class ArtistConnection extends Connection(Artist, 'artists') {}
