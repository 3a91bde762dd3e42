import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';

const SOURCES = graphql(`
  query Sources($songId: ID!) {
    hlsSources(songId: $songId) {
      songId
      hlsAvailable
      masterPlaylist
      fallbackUrl
      expiresAt
      generation
      peaksUrl
      durationSeconds
      qualities {
        name
        label
        bitrateKbps
      }
      loudness {
        trackGainDb
        headroomDb
      }
    }
    song(id: $songId) {
      album {
        loudness {
          gainDb
          headroomDb
        }
      }
    }
  }
`);

export type Sources = ResultOf<typeof SOURCES>['hlsSources'] & {
  albumLoudness: { gainDb: number | null; headroomDb: number | null } | null;
};

/** Lifetime of a prefetched answer, milliseconds; a new generation may be published meanwhile. */
const PRIMED_MS = 30_000;
const primed = new Map<string, { until: number; answer: Promise<Sources> }>();

/** Prefetches the sources of a song that is likely to be played, which saves a round trip after the click. */
export function primeSources(songId: string): void {
  const now = Date.now();
  for (const [id, { until }] of primed) if (until < now) primed.delete(id);
  if (primed.has(songId)) return;
  const answer = freshSourcesOf(songId);
  primed.set(songId, { until: now + PRIMED_MS, answer });
  answer.catch(() => primed.delete(songId));
}

/** Discards a prefetched answer whose URLs did not work. */
export const forgetSources = (songId: string): boolean => primed.delete(songId);

/** The URLs and the loudness of a song, prefetched if possible. Errors: ApiError. */
export function sourcesOf(songId: string): Promise<Sources> {
  const known = primed.get(songId);
  return known && known.until > Date.now() ? known.answer : freshSourcesOf(songId);
}

/** The current URLs and loudness of a song, never prefetched. Errors: ApiError. */
export async function freshSourcesOf(songId: string): Promise<Sources> {
  const { hlsSources, song } = await ask(SOURCES, { songId });
  return { ...hlsSources, albumLoudness: song.album?.loudness ?? null };
}
