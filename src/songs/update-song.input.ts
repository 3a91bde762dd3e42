import { InputType, PartialType, PickType } from '@nestjs/graphql';
import { Song } from './song.schema.js';

/** The tags that administrators may edit. */
@InputType({ isAbstract: true })
export class EditableTags extends PickType(
  Song,
  ['title', 'artist', 'albumTitle', 'trackNumber', 'discNumber', 'year', 'genre'] as const,
  InputType,
) {}

@InputType({
  description: 'Tags to change. Omitted tags stay; null clears a tag (not the title).',
})
export class UpdateSongInput extends PartialType(EditableTags, InputType) {}
