import { graphql, type FragmentOf } from '../api/graphql.js';
import { ARTWORK } from '../design/artwork.js';

/** The fields of a song that rows, the player bar and the lock screen show. */
export const TRACK = graphql(
  `
    fragment Track on Song {
      id
      title
      artist
      albumTitle
      durationSeconds
      artwork {
        ...Artwork
      }
      album {
        id
        title
      }
    }
  `,
  [ARTWORK],
);

export type Track = FragmentOf<typeof TRACK>;
