import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { BadInputError, ConflictError, NotFoundError } from '../platform/errors/domain-error.js';
import { EventBus } from '../events/event-bus.js';
import { searchWordsOf } from './search-words.js';
import { Song, type SongDocument } from './song.schema.js';
import type { UpdateSongInput } from './update-song.input.js';

/** How often an edit is tried when another one changes the song at the same time. */
const MAX_TRIES = 5;
const TEXTS = ['artist', 'albumTitle', 'genre'] as const;
const NUMBERS = ['trackNumber', 'discNumber', 'year'] as const;

/** Edits the tags of a song after its upload. */
@Injectable()
export class SongTagging {
  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly eventBus: EventBus,
  ) {}

  /** Simultaneous edits of different tags both succeed. Throws NotFoundError, BadInputError, ConflictError. */
  async update(id: string, input: UpdateSongInput): Promise<SongDocument> {
    const tags = provided(input);
    for (let i = 0; i < MAX_TRIES; i++) {
      const before = await this.songs.findById(id);
      if (!before) throw new NotFoundError('Song', id);
      const { title, artist, albumTitle } = before;
      // The search words derive from these three, so the update applies only if none of them changed meanwhile.
      const song = await this.songs.findOneAndUpdate(
        { _id: id, title, artist, albumTitle },
        { $set: { ...tags, searchWords: searchWordsOf({ title, artist, albumTitle, ...tags }) } },
        { returnDocument: 'after' },
      );
      if (!song) continue;
      void this.eventBus.publish({ type: 'song.changed', songId: id });
      return song;
    }
    throw new ConflictError('The song was changed by someone else at the same time. Try again.');
  }
}

/** Only the tags that the input contains. Empty text clears a tag. Throws BadInputError if it would clear the title. */
function provided(input: UpdateSongInput): Partial<Song> {
  const tags: Partial<Song> = {};
  for (const name of TEXTS) if (input[name] !== undefined) tags[name] = input[name]?.trim() || null;
  for (const name of NUMBERS) if (input[name] !== undefined) tags[name] = input[name] ?? null;
  if (input.title !== undefined) {
    const title = input.title?.trim();
    if (!title) throw new BadInputError('A song always has a title.');
    tags.title = title;
  }
  return tags;
}
