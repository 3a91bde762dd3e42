import { Injectable } from '@nestjs/common';
import { Field, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import type DataLoader from 'dataloader';
import { batchedReads } from '../platform/mongo/batched-reads.js';
import { MAX_PAGE, pageSize } from '../platform/graphql/connection.js';
import { SongLoader } from '../songs/song-loader.service.js';
import { Song } from '../songs/song.schema.js';
import { PlayBucketRepository, type SongPlays } from './play-bucket.repository.js';
import { ALL_TIME, dayOf, firstDayOf } from './play-rules.js';

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

const DAYS = { WEEK: 7, MONTH: 30, YEAR: 365 };

/** Number of places that are read: enough for the longest page even if as many songs were deleted. */
const PLACES = 2 * MAX_PAGE;
/** Minimum time a chart is kept, milliseconds; FRESH_PER_MS is added for each millisecond that reading it took. */
const FRESH_MS = 2_000;
const FRESH_PER_MS = 20;

interface Chart {
  freshUntil: number;
  places: Promise<SongPlays[]>;
}

/** Play counts and the most played songs. */
@Injectable()
export class Charts {
  private readonly charts = new Map<Period, Chart>();
  private readonly totals: DataLoader<string, number>;

  constructor(
    private readonly buckets: PlayBucketRepository,
    private readonly songs: SongLoader,
  ) {
    this.totals = batchedReads(500, (songIds) => buckets.totals(songIds));
  }

  /** Number of plays of a song. Songs requested in the same tick are read in one command. */
  playsOf(songId: string): Promise<number> {
    return this.totals.load(songId);
  }

  /** Most played first. Throws BadInputError. */
  async top(period: Period, first: number): Promise<TopSong[]> {
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
  private places(period: Period): Promise<SongPlays[]> {
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

  private read(period: Period): Promise<SongPlays[]> {
    if (period === Period.ALL) return this.buckets.mostPlayedOn(ALL_TIME, PLACES);
    const now = new Date();
    const today = dayOf(now);
    if (period === Period.DAY) return this.buckets.mostPlayedOn(today, PLACES);
    return this.buckets.mostPlayedBetween(firstDayOf(DAYS[period], now), today, PLACES);
  }
}
