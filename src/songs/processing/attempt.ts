import type { QueryFilter } from 'mongoose';
import { ProcessingState } from './processing.js';
import type { Song } from '../song.js';

/** One try at a song: whoever holds it may report, publish or fail, until somebody else took the song over. */
export interface Attempt {
  songId: string;
  attemptId: string;
}

/** The song, while it is this attempt's. */
export function owned({ songId, attemptId }: Attempt): QueryFilter<Song> {
  return { _id: songId, 'processing.state': ProcessingState.TRANSCODING, 'processing.attemptId': attemptId };
}
