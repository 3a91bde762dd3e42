import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type DataLoader from 'dataloader';
import type { Model } from 'mongoose';
import { batchedReads } from '../platform/mongo/batched-reads.js';
import { MAX_PAGE, pageSize } from '../platform/graphql/connection.js';
import { SongLoader } from '../songs/song-loader.service.js';
import { Song } from '../songs/song.schema.js';
import { PlayBucket } from './play-bucket.schema.js';
import { ALL_TIME, bucketId, dayOf, firstDayOf } from './play-rules.js';

export enum Period {
  DAY = 'DAY',
  WEEK = 'WEEK',
  MONTH = 'MONTH',
  YEAR = 'YEAR',
  ALL = 'ALL',
}

registerEnumType(Period, {
  name: 'Period',
  description: 'A stretch of days (UTC) up to and including today.',
  valuesMap: {
    DAY: { description: 'Today.' },
    WEEK: { description: 'The last 7 days.' },
    MONTH: { description: 'The last 30 days.' },
    YEAR: { description: 'The last 365 days.' },
    ALL: { description: 'Ever.' },
  },
});

@ObjectType({ description: 'A place in a chart.' })
export class TopSong {
  @Field(() => Song, { description: 'Which song.' })
  song: Song;

  @Field(() => Int, { description: 'How often it was played in the period.' })
  plays: number;
}

const DAYS = { DAY: 1, WEEK: 7, MONTH: 30, YEAR: 365 };

/** Number of places that are read: enough for the longest page even if as many songs were deleted. */
const PLACES = 2 * MAX_PAGE;
/** Minimum time a chart is kept, milliseconds; FRESH_PER_MS is added for each millisecond that reading it took. */
const FRESH_MS = 2_000;
const FRESH_PER_MS = 20;

export interface ChartPlace {
  songId: string;
  plays: number;
}

interface Chart {
  freshUntil: number;
  places: Promise<ChartPlace[]>;
}

/** Reads play counts and the most played songs from the buckets. */
@Injectable()
export class Charts {
  private readonly charts = new Map<Period, Chart>();
  private readonly totals: DataLoader<string, number>;

  constructor(
    @InjectModel(PlayBucket.name) private readonly buckets: Model<PlayBucket>,
    private readonly songs: SongLoader,
  ) {
    this.totals = batchedReads(500, async (songIds) => {
      const found = await buckets
        .find({ _id: { $in: songIds.map((id) => bucketId(ALL_TIME, id)) } })
        .select({ plays: 1, songId: 1 })
        .lean();
      const plays = new Map(found.map((bucket) => [bucket.songId.toString(), bucket.plays]));
      return songIds.map((id) => plays.get(id) ?? 0);
    });
  }

  /** Number of plays of a song. Songs requested in the same tick are read in one command. */
  playsOf(songId: string): Promise<number> {
    return this.totals.load(songId);
  }

  /** Most played first. Throws BadInputError. */
  async top(period: Period, first: number): Promise<{ song: Song; plays: number }[]> {
    pageSize(first);
    const places = (await this.places(period)).slice(0, 2 * first);
    const songs = await this.songs.loadAll(places.map(({ songId }) => songId));
    return places
      .flatMap(({ plays }, i) => {
        const song = songs[i];
        return song ? [{ song, plays }] : [];
      })
      .slice(0, first);
  }

  /** Concurrent callers share one read of the chart. */
  private places(period: Period): Promise<ChartPlace[]> {
    const known = this.charts.get(period);
    if (known && known.freshUntil > Date.now()) return known.places;
    const began = Date.now();
    const chart: Chart = { freshUntil: Infinity, places: this.read(period) };
    this.charts.set(period, chart);
    chart.places.then(
      () => (chart.freshUntil = Date.now() + FRESH_MS + FRESH_PER_MS * (Date.now() - began)),
      () => this.charts.delete(period),
    );
    return chart.places;
  }

  private async read(period: Period): Promise<ChartPlace[]> {
    const now = new Date();
    if (period === Period.ALL || period === Period.DAY) {
      const day = period === Period.ALL ? ALL_TIME : dayOf(now);
      const found = await this.buckets.find({ day }).sort({ plays: -1 }).limit(PLACES).lean();
      return found.map(({ songId, plays }) => ({ songId: songId.toString(), plays }));
    }
    const found = await this.buckets.aggregate<{ _id: { toString(): string }; plays: number }>([
      { $match: { day: { $gte: firstDayOf(DAYS[period], now), $lte: dayOf(now) } } },
      { $group: { _id: '$songId', plays: { $sum: '$plays' } } },
      { $sort: { plays: -1, _id: 1 } },
      { $limit: PLACES },
    ]);
    return found.map(({ _id, plays }) => ({ songId: _id.toString(), plays }));
  }
}
