import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type DataLoader from 'dataloader';
import type { Model } from 'mongoose';
import { batchedReads } from '../common/batched-reads.js';
import { Song, type SongDocument } from './song.js';

/** Songs looked up in one command. */
const BATCH = 500;

/**
 * Songs by id, all that are asked for in the same moment in one command, whoever asks. It remembers nothing: what a
 * mutation or a subscription reads is never older than the question.
 */
@Injectable()
export class SongLoader {
  private readonly loader: DataLoader<string, SongDocument | null>;

  constructor(@InjectModel(Song.name) songs: Model<Song>) {
    this.loader = batchedReads(BATCH, async (ids) => {
      const found = await songs.find({ _id: { $in: ids } });
      const byId = new Map(found.map((song) => [song.id as string, song]));
      return ids.map((id) => byId.get(id) ?? null);
    });
  }

  /** Null when there is no such song (any more). */
  load(id: string): Promise<SongDocument | null> {
    return this.loader.load(id);
  }

  /** In the order of `ids`. */
  loadAll(ids: string[]): Promise<(SongDocument | null)[]> {
    return Promise.all(ids.map((id) => this.loader.load(id)));
  }
}
