import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { StoreName } from '../platform/config/store-settings.js';
import { ProcessingState } from './processing/processing.schema.js';
import { QUALITIES } from './processing/quality.js';
import { Song } from './song.schema.js';

/** Bytes. */
export interface StoredBytes {
  originals: number;
  generations: number;
  covers: number;
}

/** Number, playing time and stored bytes of all songs. */
export interface LibraryTotals {
  songs: Record<ProcessingState, number>;
  /** Playing time, seconds. */
  durationSeconds: number;
  /** Bytes. */
  originals: number;
  /** All kept generations, bytes; includes master playlists and waveforms, so it exceeds the sum of the renditions. */
  generations: number;
  /** Covers of songs, bytes; those stored before sizes were recorded count as 0. */
  covers: number;
  /** Bytes and number of the renditions in all kept generations, by name of the quality. */
  renditions: Record<string, { bytes: number; count: number }>;
  /** The same bytes by the store that holds them; stores that hold nothing are absent. */
  stores: Partial<Record<StoreName, StoredBytes>>;
  measuredAt: Date;
}

type Row = Pick<Song, 'original' | 'generations' | 'artwork' | 'durationSeconds' | 'processing'>;

/** Songs per database query, so that other queries run in between. */
const PAGE = 1_000;
/**
 * A result is reused for this many times as long as it took to compute, so that computing takes at most 5 % of the
 * time.
 */
const FRESH_FACTOR = 20;
const FRESH_MS = 5_000;

/** Adds up the library. A pass reads every song, so passes are rare and their result is shared by all callers. */
@Injectable()
export class LibraryTotalsService {
  private recent?: { freshUntil: number; totals: Promise<LibraryTotals> };

  constructor(@InjectModel(Song.name) private readonly songs: Model<Song>) {}

  read(): Promise<LibraryTotals> {
    if (!this.recent || Date.now() > this.recent.freshUntil) {
      const began = Date.now();
      const recent = { freshUntil: Infinity, totals: this.count() };
      this.recent = recent;
      recent.totals.then(
        () => (recent.freshUntil = Date.now() + Math.max(FRESH_MS, FRESH_FACTOR * (Date.now() - began))),
        () => (this.recent = undefined),
      );
    }
    return this.recent.totals;
  }

  private async count(): Promise<LibraryTotals> {
    const totals = emptyTotals();
    let last: unknown = null;
    for (;;) {
      const page = await this.songs
        .find(last ? { _id: { $gt: last } } : {})
        .sort({ _id: 1 })
        .limit(PAGE)
        .select(
          'processing.state durationSeconds original.bytes original.store artwork.bytes artwork.store ' +
            'generations.bytes generations.store generations.renditions.name generations.renditions.bytes',
        )
        .lean<(Row & { _id: unknown })[]>();
      for (const song of page) add(totals, song);
      if (page.length < PAGE) return totals;
      last = page.at(-1)!._id;
    }
  }
}

function emptyTotals(): LibraryTotals {
  const { QUEUED, TRANSCODING, READY, FAILED } = ProcessingState;
  return {
    songs: { [QUEUED]: 0, [TRANSCODING]: 0, [READY]: 0, [FAILED]: 0 },
    durationSeconds: 0,
    originals: 0,
    generations: 0,
    covers: 0,
    renditions: Object.fromEntries(QUALITIES.map(({ name }) => [name, { bytes: 0, count: 0 }])),
    stores: {},
    measuredAt: new Date(),
  };
}

function add(
  totals: LibraryTotals,
  { processing, durationSeconds, original, generations, artwork }: Row,
): void {
  totals.songs[processing.state]++;
  totals.durationSeconds += durationSeconds;
  addBytes(totals, 'originals', original);
  if (artwork) addBytes(totals, 'covers', artwork);
  for (const generation of generations) {
    addBytes(totals, 'generations', generation);
    for (const { name, bytes } of generation.renditions) {
      const rendition = (totals.renditions[name] ??= { bytes: 0, count: 0 });
      rendition.bytes += bytes;
      rendition.count += 1;
    }
  }
}

function addBytes(
  totals: LibraryTotals,
  kind: keyof StoredBytes,
  { store = 'local', bytes = 0 }: { store?: StoreName; bytes?: number },
): void {
  const held = (totals.stores[store] ??= { originals: 0, generations: 0, covers: 0 });
  held[kind] += bytes;
  totals[kind] += bytes;
}
