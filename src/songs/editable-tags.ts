import { InputType, PickType } from '@nestjs/graphql';
import { Song } from './song.js';

/** Tags a person may state. */
@InputType({ isAbstract: true })
export class EditableTags extends PickType(
  Song,
  ['title', 'artist', 'albumTitle', 'trackNumber', 'discNumber', 'year', 'genre'] as const,
  InputType,
) {}
