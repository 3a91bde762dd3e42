import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { ProcessingState } from '../songs/processing.js';
import { Song } from '../songs/song.js';
import { TranscodeQueue } from '../songs/transcode-queue.js';

export interface LibraryStats {
  songs: { total: number } & Record<Lowercase<ProcessingState>, number>;
  /** Playing time of all songs, seconds. */
  durationSeconds: number;
  /** Originals, and all kept generations, bytes. */
  bytes: { originals: number; generations: number };
  /** Jobs by state; null while Redis does not answer. */
  queue: Record<string, number> | null;
}

interface Totals {
  _id: ProcessingState;
  songs: number;
  seconds: number;
  originals: number;
  generations: number;
}

/** How old the answer may be, milliseconds. */
const FRESH_MS = 5_000;

@Injectable()
export class LibraryStatsService {
  private recent?: { at: number; totals: Promise<Totals[]> };

  constructor(
    @InjectModel(Song.name) private readonly songs: Model<Song>,
    private readonly queue: TranscodeQueue,
  ) {}

  async read(): Promise<LibraryStats> {
    const totals = await this.recentTotals();
    const of = (state: ProcessingState) => totals.find(({ _id }) => _id === state)?.songs ?? 0;
    const sum = (pick: (t: Totals) => number) => totals.reduce((all, t) => all + pick(t), 0);
    return {
      songs: {
        total: sum((t) => t.songs),
        queued: of(ProcessingState.QUEUED),
        transcoding: of(ProcessingState.TRANSCODING),
        ready: of(ProcessingState.READY),
        failed: of(ProcessingState.FAILED),
      },
      durationSeconds: Math.round(sum((t) => t.seconds)),
      bytes: { originals: sum((t) => t.originals), generations: sum((t) => t.generations) },
      queue: await this.queue.depth().catch(() => null),
    };
  }

  /** A pass over the whole library, so at most one every few seconds, however many ask. */
  private recentTotals(): Promise<Totals[]> {
    if (!this.recent || Date.now() - this.recent.at > FRESH_MS) {
      const totals = this.count();
      this.recent = { at: Date.now(), totals };
      totals.catch(() => (this.recent = undefined));
    }
    return this.recent.totals;
  }

  private count(): Promise<Totals[]> {
    return this.songs.aggregate<Totals>([
      {
        $group: {
          _id: '$processing.state',
          songs: { $sum: 1 },
          seconds: { $sum: '$durationSeconds' },
          originals: { $sum: '$original.bytes' },
          generations: { $sum: { $sum: '$generations.bytes' } },
        },
      },
    ]);
  }
}
