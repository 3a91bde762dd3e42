import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Connection } from '../platform/graphql/connection.js';
import { Song } from '../songs/song.schema.js';
import { Play } from './play.schema.js';

@ObjectType({
  description: 'A page of plays. Those of deleted songs are left out, so it may have fewer than asked.',
})
export class PlayConnection extends Connection(Play, 'plays') {}

@ObjectType({ description: 'A place in a chart.' })
export class TopSong {
  @Field(() => Song, { description: 'Which song.' })
  song: Song;

  @Field(() => Int, { description: 'How often it was played in the period.' })
  plays: number;
}
