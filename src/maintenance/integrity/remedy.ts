import { ProcessingState } from '../../songs/processing/processing.schema.js';
import { songMedia } from '../../songs/media/song-media.js';
import type { SongRecord } from './media-owners.service.js';

/** What to do about a song with lost media. */
export type Remedy =
  /** Nothing can or need be done. */
  | { kind: 'none' }
  /** Remove lost generations, to which a rollback is no longer possible. */
  | { kind: 'drop'; generations: string[] }
  /** Transcode again. Until then publish `publish`; null means that players use the original. */
  | { kind: 'remake'; publish: string | null; drop: string[] }
  /** The original is lost, too: publish another generation. */
  | { kind: 'fall back'; publish: string }
  /** Original and all generations are lost: mark the song as failed. */
  | { kind: 'give up' }
  /** A generation of a song that was given up is back in the store: publish it. */
  | { kind: 'restore'; publish: string };

/** Error code of a song whose original is lost, the same as for a transcode without an original. */
export const ORIGINAL_MISSING = 'ORIGINAL_MISSING';

/** @param lost keys and prefixes confirmed as missing; all other media of the song is considered complete */
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
