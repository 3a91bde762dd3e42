import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model, type QueryFilter } from 'mongoose';
import { decodeCursor, pageSize, toPage, type Page } from '../platform/graphql/connection.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { NewestMatching } from './newest-matching.js';
import type { ProcessingState } from './processing/processing.schema.js';
import { queryWords } from './search-words.js';
import { songRows } from './song-rows.js';
import { Song, type SongDocument } from './song.schema.js';

const SONG_CURSOR = /^[0-9a-f]{24}$/;

@Injectable()
export class SongsService {
  private readonly matching: NewestMatching;

  constructor(@InjectModel(Song.name) private readonly songs: Model<Song>) {
    this.matching = new NewestMatching(songs);
  }

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
  async page(
    first: number,
    after?: string | null,
    search?: string | null,
    state?: ProcessingState | null,
  ): Promise<Page<Song>> {
    const words = queryWords(search);
    const only: QueryFilter<Song> = state ? { 'processing.state': state } : {};
    const behind = after ? { _id: { $lt: new Types.ObjectId(decodeCursor(after, SONG_CURSOR)) } } : {};
    const from = { ...only, ...behind };
    const wanted = pageSize(first) + 1;
    const found =
      words.length > 0
        ? await this.matching.find(words, from, wanted)
        : await songRows(this.songs.find(from).sort({ _id: -1 }).limit(wanted));
    return toPage(
      found,
      first,
      (song) => song.id,
      () => this.count(words, only),
    );
  }

  private async count(words: readonly string[], only: QueryFilter<Song>): Promise<number> {
    if (words.length > 0) return this.matching.count(words, only);
    const isAll = Object.keys(only).length === 0;
    return isAll ? this.songs.estimatedDocumentCount() : this.songs.countDocuments(only);
  }

  /** The song whose original was received by this pending upload. */
  findByUpload(uploadId: string): Promise<SongDocument | null> {
    return this.songs.findOne({ 'original.uploadId': uploadId }).exec();
  }

  findByBytes(sha256: string, exceptSongId?: string): Promise<SongDocument | null> {
    const others = exceptSongId ? { _id: { $ne: exceptSongId } } : {};
    return this.songs.findOne({ 'original.sha256': sha256, ...others }).exec();
  }
}
