import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import type { Model } from 'mongoose';
import { batchedById } from '../platform/mongo/batched-reads.js';
import { songRows } from './song-rows.js';
import { Song } from './song.schema.js';

/** Songs per database command. */
const BATCH = 500;

/**
 * Loads songs by id in the form of lists (song-rows.ts). Look-ups of all callers made in the same tick become one
 * command. Results are not cached: what a mutation or a subscription reads is never older than its request.
 */
@Injectable()
export class SongLoader {
  private readonly loader: DataLoader<string, Song | null>;

  constructor(@InjectModel(Song.name) songs: Model<Song>) {
    this.loader = batchedById(BATCH, (ids) => songRows(songs.find({ _id: { $in: ids } })));
  }

  /** Null when the song does not exist (any more). */
  load(id: string): Promise<Song | null> {
    return this.loader.load(id);
  }

  /** Songs in the order of `ids`; null for ids without a song. */
  loadAll(ids: string[]): Promise<(Song | null)[]> {
    return Promise.all(ids.map((id) => this.loader.load(id)));
  }
}
