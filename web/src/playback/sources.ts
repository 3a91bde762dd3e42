import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';

const SOURCES = graphql(`
  query Sources($songId: ID!) {
    hlsSources(songId: $songId) {
      songId
      hlsAvailable
      masterPlaylist
      fallbackUrl
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

/** Where a song plays from and how loud it is. Errors: ApiError. */
export async function sourcesOf(songId: string): Promise<Sources> {
  const { hlsSources, song } = await ask(SOURCES, { songId });
  return { ...hlsSources, albumLoudness: song.album?.loudness ?? null };
}

export const PUBLISHED = graphql(`
  subscription Published($songId: ID!) {
    songProcessing(songId: $songId) {
      id
      publishedGeneration
    }
  }
`);
