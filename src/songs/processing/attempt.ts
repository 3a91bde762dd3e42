import type { QueryFilter } from 'mongoose';
import { ProcessingState } from './processing.schema.js';
import type { Song } from '../song.schema.js';

/** One attempt to transcode a song. Only the attempt that owns the song may report progress, publish or fail. */
export interface Attempt {
  songId: string;
  attemptId: string;
}

/** Matches the song while this attempt owns it. */
export function owned({ songId, attemptId }: Attempt): QueryFilter<Song> {
  return { _id: songId, 'processing.state': ProcessingState.TRANSCODING, 'processing.attemptId': attemptId };
}
