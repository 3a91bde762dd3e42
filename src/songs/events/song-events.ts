import type { NewEvent } from '../../events/event-bus.js';
import { ProcessingState, type ProcessingError } from '../processing/processing.schema.js';
import type { Song } from '../song.schema.js';

/** The event for the current state of a song's run. */
export function processingEvent({ id: songId, processing }: Song): NewEvent {
  const { state, percent, attempt } = processing;
  return { type: 'song.processing', songId, state, percent, attempt };
}

export function failedEvent(songId: string, { code, message, retryable }: ProcessingError): NewEvent {
  return { type: 'song.failed', songId, code, message, retryable };
}

/** A song as subscribers outside GraphQL get it: small, and without URLs. */
export interface SongState {
  songId: string;
  title: string;
  artist: string | null;
  durationSeconds: number;
  publishedGeneration: string | null;
  processing: {
    state: ProcessingState;
    percent: number;
    attempt: number;
    error: { code: string; message: string; retryable: boolean } | null;
  };
}

export function toSongState(song: Song): SongState {
  const { state, percent, attempt, error } = song.processing;
  return {
    songId: song.id,
    title: song.title,
    artist: song.artist,
    durationSeconds: song.durationSeconds,
    publishedGeneration: song.publishedGeneration,
    processing: {
      state,
      percent,
      attempt,
      error: error && { code: error.code, message: error.message, retryable: error.retryable },
    },
  };
}
