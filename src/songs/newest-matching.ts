import type { Model, QueryFilter, Types } from 'mongoose';
import { RarestWord } from './rarest-word.js';
import { begins, type SearchField } from './search-words.js';
import { songRows } from './song-rows.js';
import type { Song } from './song.schema.js';

const FIELDS: readonly SearchField[] = ['title', 'artist', 'album'];
/** Highest number of matches that a search counts. */
const COUNT_LIMIT = 1_000;

/** Up to this many songs, the index of processing states finds matches faster than that of a common word. */
const FEW = 1_000;

/** Finds songs that contain every word of a query, newest first. */
export class NewestMatching {
  private readonly rarest: RarestWord;

  constructor(private readonly songs: Model<Song>) {
    this.rarest = new RarestWord(songs);
  }

  /** Merges one look-up per field, each in index order, so that none reads more than a page. */
  async find(words: readonly string[], from: QueryFilter<Song>, limit: number): Promise<Song[]> {
    const among = await this.fewOf(from);
    if (among) return songRows(this.amongst(among, words).sort({ _id: -1 }).limit(limit));
    const [lead, ...others] = await this.leadFirst(words);
    const found = await Promise.all(
      FIELDS.map((field) =>
        songRows(
          this.songs
            .find({ $and: [begins(lead!, [field]), ...others.map((word) => begins(word)), from] })
            .sort({ _id: -1 })
            .limit(limit),
        ),
      ),
    );
    const once = new Map(found.flat().map((song) => [song.id, song]));
    return [...once.values()].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit);
  }

  async count(words: readonly string[], only: QueryFilter<Song> = {}): Promise<number> {
    const among = await this.fewOf(only);
    if (among) return this.amongst(among, words).countDocuments();
    const ordered = await this.leadFirst(words);
    return this.songs
      .countDocuments({ $and: [...ordered.map((word) => begins(word)), only] })
      .limit(COUNT_LIMIT);
  }

  /**
   * The ids of songs that meet a condition on their state, newest first; null without such a condition or if more than
   * FEW songs meet it. Otherwise a word that all songs contain would be scanned to its end for the few FAILED songs.
   */
  private async fewOf(only: QueryFilter<Song>): Promise<Types.ObjectId[] | null> {
    if (!only['processing.state']) return null;
    const found = await this.songs
      .find(only, { _id: 1 })
      .sort({ _id: -1 })
      .limit(FEW + 1)
      .lean();
    return found.length > FEW ? null : found.map(({ _id }) => _id);
  }

  private amongst(ids: readonly Types.ObjectId[], words: readonly string[]) {
    // Without the hint MongoDB might use the word index and scan as many songs as before.
    return this.songs.find({ _id: { $in: ids }, $and: words.map((word) => begins(word)) }).hint({ _id: 1 });
  }

  private async leadFirst(words: readonly string[]): Promise<string[]> {
    const place = await this.rarest.placeIn(words);
    return [words[place]!, ...words.filter((_, other) => other !== place)];
  }
}
