import type { NewEvent } from '../../events/event-bus.js';
import { ProcessingState } from '../processing/processing.schema.js';
import type { Song } from '../song.schema.js';

/** The event for the current state of a song's run; null for READY, for which the publication has events of its own. */
export function runEvent({ id: songId, processing }: Song): NewEvent | null {
  const { state, percent, attempt, error } = processing;
  if (state === ProcessingState.READY) return null;
  if (state === ProcessingState.FAILED && error) {
    const { code, message, retryable } = error;
    return { type: 'song.failed', songId, code, message, retryable };
  }
  return { type: 'song.processing', songId, state, percent, attempt };
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
