import { ladderFor } from '../songs/processing/quality.js';
import { MEASURED_SONG, type LinearSize } from './measured-song.js';

/** Input of the planner. */
export interface Plan {
  readonly songs: number;
  /** Plays per month. */
  readonly plays: number;
  readonly minutes: number;
  readonly sourceKbps: number;
  /** Whether originals are lossless; if so, the ladder is never capped. */
  readonly lossless: boolean;
  readonly capLadder: boolean;
  /** Share of a song that is heard in a play, 0 to 1. */
  readonly listen: number;
  /** Quality that a fast connection plays; the best existing one if the ladder ends below it. */
  readonly quality: string;
  /** Share of media requests that the CDN answers from its cache, 0 to 1. */
  readonly edgeHits: number;
  /** Number of kept generations per song. */
  readonly generations: number;
  readonly redis: RedisPace;
  /** Averages of a running library instead of the measured song. */
  readonly library?: LibraryAverages;
}

/** Numbers of Redis commands. */
export interface RedisPace {
  readonly perIdleDay: number;
  readonly perPlay: number;
  readonly perUpload: number;
}

/**
 * Redis commands at the default REDIS_IDLE_POLL_SECONDS, as test/redis-budget.e2e-spec.ts measures and prints them: for
 * an idle API and worker, and for uploading and transcoding a song of 20 s (a longer one adds commands for its
 * progress). The number per play is an upper bound, reached if the song was not played within the last minute: two
 * commands for its sources, two for its report.
 */
export const REDIS_PACE: RedisPace = { perIdleDay: 1_111, perPlay: 4, perUpload: 103 };

/** Average sizes in bytes, as returned by `/api/streaming/stats`. */
export interface LibraryAverages {
  readonly original: number;
  /** Sizes of one generation, by name of the quality. */
  readonly renditions: Readonly<Record<string, number>>;
  readonly database: number;
}

export interface Month {
  song: {
    originalBytes: number;
    /** Sizes by name of the quality. */
    renditions: Record<string, number>;
    /** Size of all kept generations and the original. */
    bytes: number;
    objects: number;
    databaseBytes: number;
  };
  play: { quality: string; bytes: number; requests: number };
  storedBytes: number;
  /** Number of objects, written once when the songs are uploaded. */
  objects: number;
  /** Bytes delivered to listeners. */
  deliveredBytes: number;
  /** The part of `deliveredBytes` that the CDN fetches from the store. */
  originBytes: number;
  originReads: number;
  databaseBytes: number;
  redisCommands: number;
  /** Commands for uploading the songs, once and not included in `redisCommands`. */
  redisUploadCommands: number;
}

export const DAYS = 30;
/** The master playlist, the playlist of the first quality, and that of the quality a fast connection switches to. */
const PLAYLISTS_A_PLAY = 3;
const PLAYS_KEPT_MONTHS = 400 / DAYS;

/** Calculates a month of the plan in bytes, requests and commands; month-bill.ts calculates their cost. */
export function monthOf(plan: Plan): Month {
  const song = songOf(plan);
  const play = playOf(plan, song);
  const deliveredBytes = plan.plays * play.bytes;
  const missed = 1 - plan.edgeHits;
  return {
    song,
    play,
    storedBytes: plan.songs * song.bytes,
    objects: plan.songs * song.objects,
    deliveredBytes,
    originBytes: deliveredBytes * missed,
    originReads: Math.round(plan.plays * play.requests * missed),
    databaseBytes:
      plan.songs * song.databaseBytes + plan.plays * PLAYS_KEPT_MONTHS * MEASURED_SONG.databasePerPlay,
    redisCommands: DAYS * plan.redis.perIdleDay + plan.plays * plan.redis.perPlay,
    redisUploadCommands: plan.songs * plan.redis.perUpload,
  };
}

function songOf({ minutes, sourceKbps, lossless, capLadder, generations, library }: Plan): Month['song'] {
  const seconds = minutes * 60;
  const codec = lossless ? 'flac' : 'mp3';
  const ladder = ladderFor({ codec, bitrateKbps: sourceKbps }, capLadder);
  const renditions = Object.fromEntries(
    ladder.map(({ name }) => [
      name,
      library?.renditions[name] || at(MEASURED_SONG.renditions[name]!, seconds),
    ]),
  );
  const packageBytes = sum(Object.values(renditions)) + at(MEASURED_SONG.masterAndWaveform, seconds);
  const originalBytes = library?.original || (sourceKbps * 1_000 * seconds) / 8;
  const packageObjects = ladder.length * (segmentsIn(seconds) + 1) + 2;
  return {
    originalBytes,
    renditions,
    bytes: originalBytes + generations * packageBytes,
    objects: 1 + generations * packageObjects,
    databaseBytes: library?.database || MEASURED_SONG.databasePerSong,
  };
}

function playOf({ minutes, listen, quality }: Plan, { renditions }: Month['song']): Month['play'] {
  const best = renditions[quality] === undefined ? Object.keys(renditions).at(-1)! : quality;
  return {
    quality: best,
    bytes: listen * renditions[best]!,
    requests: PLAYLISTS_A_PLAY + Math.ceil(listen * segmentsIn(minutes * 60)),
  };
}

function segmentsIn(seconds: number): number {
  return Math.round(at(MEASURED_SONG.segments, seconds));
}

function at({ fixed, perSecond }: LinearSize, seconds: number): number {
  return fixed + perSecond * seconds;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
