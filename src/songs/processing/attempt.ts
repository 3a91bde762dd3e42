import type { QueryFilter } from 'mongoose';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import type { Song } from '../song.schema.js';
import type { Generation } from './generation.schema.js';
import { ProcessingState, type Processing, type ProcessingError } from './processing.schema.js';

/** One attempt to transcode a song. Only the attempt that owns the song may report progress, publish or fail. */
export interface Attempt {
  songId: string;
  attemptId: string;
}

/** Fields of `Song.processing`, named as an update names them. */
export type ProcessingFields = { [Name in keyof Processing as `processing.${Name}`]?: Processing[Name] };

/** The fields that decide what listeners get. */
const HEARD = ['original', 'durationSeconds', 'uniqueSha256', 'publishedGeneration'] as const;

export type TransitionFields = ProcessingFields & Partial<Pick<Song, (typeof HEARD)[number]>>;

/** A change of a song's run, and perhaps of what listeners get. */
export interface SongTransition {
  songId: string;
  /** What the song must meet; otherwise nothing changes. */
  condition: QueryFilter<Song>;
  set: TransitionFields;
  /** Whether the run continues with another attempt. */
  nextAttempt?: boolean;
  /** What only a song after this transition meets: a transition whose reply was lost is recognised by it. */
  trace: QueryFilter<Song>;
}

/** Whether a change of these fields changes what listeners get. */
export function isHeard(fields: TransitionFields): boolean {
  return HEARD.some((name) => name in fields);
}

/** Matches the song while this attempt owns it. */
export function owned({ songId, attemptId }: Attempt): QueryFilter<Song> {
  return { _id: songId, 'processing.state': ProcessingState.TRANSCODING, 'processing.attemptId': attemptId };
}

/** The fields of every song that waits for a worker, because its current attempt has not begun. */
export const WAITING = {
  state: ProcessingState.QUEUED,
  attemptId: null,
  percent: 0,
  encoded: null,
  startedAt: null,
  finishedAt: null,
} satisfies Partial<Processing>;

/** A run that was requested now: `WAITING`, with its first attempt before it. `error` is why a new run is needed. */
export function newRun(jobId: string, error: ProcessingError | null = null): Omit<Processing, 'heartbeatAt'> {
  return { ...WAITING, jobId, attempt: 1, queuedAt: databaseTime(), error };
}

/** A run whose generation is published. */
export function finishedRun({ renditions }: Generation): Partial<Processing> {
  return {
    state: ProcessingState.READY,
    percent: 100,
    encoded: Object.fromEntries(renditions.map(({ name }) => [name, 100])),
    finishedAt: databaseTime(),
    error: null,
    attemptId: null,
  };
}

/** These fields of `Song.processing` as an update names them. */
export function processingFields(processing: Partial<Processing>): ProcessingFields {
  const fields = Object.entries(processing).map(([name, value]) => [`processing.${name}`, value]);
  return Object.fromEntries(fields) as ProcessingFields;
}
