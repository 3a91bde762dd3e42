import { Field, ID, InputType, Int, PartialType, PickType } from '@nestjs/graphql';
import { Album, AlbumState } from './album.schema.js';

@InputType({ description: 'A new album.' })
export class CreateAlbumInput extends PickType(
  Album,
  ['title', 'artist', 'releaseDate', 'genre'] as const,
  InputType,
) {
  @Field(() => AlbumState, { defaultValue: AlbumState.DRAFT, description: 'Who may see it.' })
  state: AlbumState = AlbumState.DRAFT;
}

@InputType({ isAbstract: true })
class AlbumFacts extends PickType(
  Album,
  ['title', 'artist', 'releaseDate', 'genre', 'state'] as const,
  InputType,
) {}

@InputType({
  description: 'What to change of an album. What is left out stays; null empties what may be unknown.',
})
export class UpdateAlbumInput extends PartialType(AlbumFacts, InputType) {}

@InputType({ description: 'A song and its place on an album.' })
export class AlbumTrackInput {
  @Field(() => ID, { description: 'Song.id' })
  songId: string;

  @Field(() => Int, { defaultValue: 1, description: 'Which disc, 1 to 999.' })
  discNumber: number;

  @Field(() => Int, { description: 'Place on its disc, 1 to 9999.' })
  trackNumber: number;
}
