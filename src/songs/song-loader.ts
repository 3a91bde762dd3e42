import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import type { Model } from 'mongoose';
import { batchedById } from '../platform/mongo/batched-reads.js';
import { songRows } from './song-rows.js';
import { Song } from './song.js';

/** Songs looked up in one command. */
const BATCH = 500;

/**
 * Songs by id as lists show them (song-rows.ts), all that are asked for in the same moment in one command, whoever asks. It remembers nothing: what a
 * mutation or a subscription reads is never older than the question.
 */
@Injectable()
export class SongLoader {
  private readonly loader: DataLoader<string, Song | null>;

  constructor(@InjectModel(Song.name) songs: Model<Song>) {
    this.loader = batchedById(BATCH, (ids) => songRows(songs.find({ _id: { $in: ids } })));
  }

  /** Null when there is no such song (any more). */
  load(id: string): Promise<Song | null> {
    return this.loader.load(id);
  }

  /** In the order of `ids`. */
  loadAll(ids: string[]): Promise<(Song | null)[]> {
    return Promise.all(ids.map((id) => this.loader.load(id)));
  }
}
