import { Injectable } from '@nestjs/common';
import { BadInputError, ConflictError } from '../platform/errors/domain-error.js';
import { untilUnchanged } from '../platform/mongo/until-unchanged.js';
import { SongRepository } from './song.repository.js';
import type { SongDocument } from './song.schema.js';
import { SongsService } from './songs.service.js';
import type { EditableTags, UpdateSongInput } from './update-song.input.js';

const TEXTS = ['artist', 'albumTitle', 'genre'] as const;
const NUMBERS = ['trackNumber', 'discNumber', 'year'] as const;

/** Edits the tags of a song after its upload. */
@Injectable()
export class SongTagging {
  constructor(
    private readonly songs: SongsService,
    private readonly repository: SongRepository,
  ) {}

  /** Simultaneous edits of different tags both succeed. Throws NotFoundError, BadInputError, ConflictError. */
  async update(id: string, input: UpdateSongInput): Promise<SongDocument> {
    const tags = provided(input);
    const song = await untilUnchanged(async () => this.repository.setTags(await this.songs.get(id), tags));
    if (!song) throw new ConflictError('The song was changed by someone else at the same time. Try again.');
    return song;
  }
}

/** Only the tags that the input contains. Empty text clears a tag. Throws BadInputError if it would clear the title. */
function provided(input: UpdateSongInput): Partial<EditableTags> {
  const tags: Partial<EditableTags> = {};
  for (const name of TEXTS) if (input[name] !== undefined) tags[name] = input[name]?.trim() || null;
  for (const name of NUMBERS) if (input[name] !== undefined) tags[name] = input[name] ?? null;
  if (input.title !== undefined) {
    const title = input.title?.trim();
    if (!title) throw new BadInputError('A song always has a title.');
    tags.title = title;
  }
  return tags;
}
