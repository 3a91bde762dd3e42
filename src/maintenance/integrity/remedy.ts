import { ProcessingState } from '../../songs/processing/processing.js';
import { songMedia } from '../../songs/media/song-media.js';
import type { SongRecord } from './media-owner.js';

/** What becomes of a song of which something is lost. */
export type Remedy =
  /** Nothing can be done, or need be. */
  | { kind: 'none' }
  /** Kept generations that nobody could roll back to any more are let go of. */
  | { kind: 'drop'; generations: string[] }
  /** Listeners get `publish`, or the original when it is null, until a new generation is made. */
  | { kind: 'remake'; publish: string | null; drop: string[] }
  /** Nothing can be made again, but another generation plays. */
  | { kind: 'fall back'; publish: string }
  /** Nothing plays and nothing can be made again. */
  | { kind: 'give up' }
  /** What was given up is back in the store. */
  | { kind: 'restore'; publish: string };

/** The error of a song whose original is lost: the same that a transcode of it ends with. */
export const ORIGINAL_MISSING = 'ORIGINAL_MISSING';

/** `lost` has keys and prefixes that were missing at two looks; all other parts of the song are taken for whole. */
export function remedyFor(songId: string, song: SongRecord, lost: ReadonlySet<string>): Remedy {
  const { publishedGeneration: published, generations, original, processing } = song;
  const hasOriginal = !lost.has(original.key);
  const isLost = (id: string) => lost.has(songMedia.generation(songId, id));
  const ids = generations.map(({ id }) => id);
  const drop = ids.filter(isLost);
  const newest = ids.findLast((id) => !isLost(id)) ?? null;
  const isGivenUp =
    published === null &&
    processing.state === ProcessingState.FAILED &&
    processing.error?.code === ORIGINAL_MISSING;
  if (isGivenUp) {
    if (newest) return { kind: 'restore', publish: newest };
    return hasOriginal ? { kind: 'remake', publish: null, drop } : { kind: 'none' };
  }
  if (published === null || !isLost(published))
    return hasOriginal && drop.length > 0 ? { kind: 'drop', generations: drop } : { kind: 'none' };
  if (hasOriginal) return { kind: 'remake', publish: newest, drop };
  return newest ? { kind: 'fall back', publish: newest } : { kind: 'give up' };
}
