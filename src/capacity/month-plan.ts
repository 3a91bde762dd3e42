import { ladderFor } from '../songs/processing/ladder.js';
import { MEASURED_SONG, type Line } from './measured-song.js';

/** What is to be planned for. */
export interface Plan {
  readonly songs: number;
  /** A month. */
  readonly plays: number;
  readonly minutes: number;
  readonly sourceKbps: number;
  /** Whether originals are lossless: then the ladder is whole whatever their bit rate. */
  readonly lossless: boolean;
  readonly capLadder: boolean;
  /** How much of a song is heard in a play, 0 to 1. */
  readonly listen: number;
  /** The quality a good line gets; less when the ladder ends below. */
  readonly quality: string;
  /** Share of media requests that the edge answers, 0 to 1. */
  readonly edgeHits: number;
  /** Kept of each song. */
  readonly generations: number;
  readonly redis: RedisPace;
  /** Averages of a running library instead of the measured song. */
  readonly library?: LibraryAverages;
}

/** Commands. */
export interface RedisPace {
  readonly perIdleDay: number;
  readonly perPlay: number;
  readonly perUpload: number;
}

/** Bytes, as `/api/streaming/stats` tells them. */
export interface LibraryAverages {
  readonly original: number;
  /** By quality's name, of one generation. */
  readonly renditions: Readonly<Record<string, number>>;
  readonly database: number;
}

export interface Month {
  song: {
    originalBytes: number;
    /** By quality's name. */
    renditions: Record<string, number>;
    /** All kept generations and the original. */
    bytes: number;
    objects: number;
    databaseBytes: number;
  };
  play: { quality: string; bytes: number; requests: number };
  storedBytes: number;
  /** Written once, when the songs are uploaded. */
  objects: number;
  /** To listeners. */
  deliveredBytes: number;
  /** Of these, what the edge has to fetch. */
  originBytes: number;
  originReads: number;
  databaseBytes: number;
  redisCommands: number;
  /** Once, besides. */
  redisUploadCommands: number;
}

export const DAYS = 30;
/** The master, the list of the first quality and of the one a good line climbs to. */
const PLAYLISTS_A_PLAY = 3;
const PLAYS_KEPT_MONTHS = 400 / DAYS;

/** A month of the plan, in bytes, requests and commands; what they cost is another question (prices.ts). */
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

function at({ fixed, perSecond }: Line, seconds: number): number {
  return fixed + perSecond * seconds;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
