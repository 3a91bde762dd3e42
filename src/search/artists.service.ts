import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import { Types, type Model } from 'mongoose';
import { batchedById } from '../platform/mongo/batched-reads.js';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { artistToken } from '../songs/search-words.js';
import { songRows } from '../songs/song-rows.js';
import { Song } from '../songs/song.schema.js';
import { Artist, type ArtistDocument } from './artist.schema.js';

/** Maximum number of artists read in one command. */
const BATCH = 100;
const SONG_CURSOR = /^[0-9a-f]{24}$/;

@Injectable()
export class ArtistsService {
  /** Artists requested in the same tick are read in one command. */
  private readonly artists: DataLoader<string, ArtistDocument | null>;

  constructor(
    @InjectModel(Artist.name) artists: Model<Artist>,
    @InjectModel(Song.name) private readonly songs: Model<Song>,
  ) {
    this.artists = batchedById(BATCH, (ids) => artists.find({ _id: { $in: ids } }));
  }

  /** Throws NotFoundError. */
  async get(id: string): Promise<ArtistDocument> {
    const artist = await this.artists.load(checkedId('Artist', id));
    if (!artist) throw new NotFoundError('Artist', id);
    return artist;
  }

  /** Songs of one artist, newest first. Throws BadInputError. */
  async songsOf(artist: Artist, first: number, after?: string | null): Promise<Page<Song>> {
    const theirs = { searchWords: artistToken(artist.name) };
    const from = after ? { _id: { $lt: new Types.ObjectId(decodeCursor(after, SONG_CURSOR)) } } : {};
    const found = await songRows(
      this.songs
        .find({ ...theirs, ...from })
        .sort({ _id: -1 })
        .limit(pageSize(first) + 1),
    );
    return toPage(
      found,
      first,
      (song) => song.id,
      () => this.songs.countDocuments(theirs).exec(),
    );
  }
}
