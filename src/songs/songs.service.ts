import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from '../common/connection.js';
import { NotFoundError } from '../common/domain-error.js';
import { checkedId } from '../common/object-id.js';
import { searchFilter } from './search-words.js';
import { Song, type SongDocument } from './song.js';

const SONG_CURSOR = /^[0-9a-f]{24}$/;

@Injectable()
export class SongsService {
  constructor(@InjectModel(Song.name) private readonly songs: Model<Song>) {}

  /** Throws NotFoundError. */
  async get(id: string): Promise<SongDocument> {
    const song = await this.songs.findById(checkedId('Song', id));
    if (!song) throw new NotFoundError('Song', id);
    return song;
  }

  find(id: string): Promise<SongDocument | null> {
    return this.songs.findById(id).exec();
  }

  /** Newest first. Throws BadInputError. */
  async page(first: number, after?: string | null, search?: string | null): Promise<Page<SongDocument>> {
    const matching = searchFilter(search);
    const from = after ? { _id: { $lt: new Types.ObjectId(decodeCursor(after, SONG_CURSOR)) } } : {};
    const found = await this.songs
      .find({ ...matching, ...from })
      .sort({ _id: -1 })
      .limit(pageSize(first) + 1);
    return toPage(
      found,
      first,
      (song) => song.id,
      () => this.songs.countDocuments(matching).exec(),
    );
  }

  findByBytes(sha256: string): Promise<SongDocument | null> {
    return this.songs.findOne({ 'original.sha256': sha256 }).exec();
  }
}
