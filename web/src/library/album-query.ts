import { queryOptions } from '@tanstack/react-query';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { ARTWORK } from '../design/artwork.js';
import { TRACK } from '../playback/track.js';

const ALBUM = graphql(
  `
    query Album($id: ID!) {
      album(id: $id) {
        id
        title
        artist
        genre
        releaseDate
        state
        artwork {
          ...Artwork
        }
        tracks {
          ...Track
          discNumber
          trackNumber
        }
      }
    }
  `,
  [ARTWORK, TRACK],
);

/** One album with its tracks. */
export const albumQuery = (id: string) =>
  queryOptions({ queryKey: ['album', id], queryFn: async ({ signal }) => (await ask(ALBUM, { id }, signal)).album });
