import { Field, InputType, PartialType, PickType } from '@nestjs/graphql';
import { Song } from '../song.js';

/** Tags a person may state; each overrides what the file says. */
@InputType({ isAbstract: true })
class StatedTags extends PickType(
  Song,
  ['title', 'artist', 'albumTitle', 'trackNumber', 'discNumber', 'year', 'genre'] as const,
  InputType,
) {}

@InputType({ description: 'What you know better than the file; everything left out comes from its tags.' })
export class UploadSongInput extends PartialType(StatedTags, InputType) {
  @Field({ defaultValue: false, description: 'Keep a second copy of bytes the library already has.' })
  allowDuplicate: boolean;
}
