import { queryOptions } from '@tanstack/react-query';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { ARTWORK } from '../design/artwork.js';
import { TRACK } from '../playback/track.js';

export const PLAYLIST_CARD = graphql(
  `
    fragment PlaylistCard on Playlist {
      id
      title
      totalCount
      visibility
      covers {
        ...Artwork
      }
    }
  `,
  [ARTWORK],
);

const MINE = graphql(
  `
    query MyPlaylists($after: String) {
      myPlaylists(first: 50, after: $after) {
        edges {
          node {
            ...PlaylistCard
            mayEdit
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [PLAYLIST_CARD],
);

const PUBLIC = graphql(
  `
    query PublicPlaylists($after: String) {
      playlists(first: 50, after: $after) {
        edges {
          node {
            ...PlaylistCard
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [PLAYLIST_CARD],
);

const PLAYLIST = graphql(
  `
    query Playlist($id: ID!) {
      playlist(id: $id) {
        ...PlaylistCard
        description
        durationSeconds
        mayEdit
        ownerId
      }
    }
  `,
  [PLAYLIST_CARD],
);

const ENTRIES = graphql(
  `
    query PlaylistEntries($id: ID!, $after: String) {
      playlist(id: $id) {
        entries(first: 100, after: $after) {
          edges {
            node {
              id
              song {
                ...Track
              }
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  `,
  [TRACK],
);

export const MINE_KEY = ['playlists', 'mine'] as const;
export const entriesKey = (id: string) => ['playlist', id, 'entries'] as const;

export const mine = async (after: string | null, signal?: AbortSignal) => (await ask(MINE, { after }, signal)).myPlaylists;
export const ofEverybody = async (after: string | null, signal?: AbortSignal) => (await ask(PUBLIC, { after }, signal)).playlists;
export const entriesOf = async (id: string, after: string | null, signal?: AbortSignal) =>
  (await ask(ENTRIES, { id, after }, signal)).playlist.entries;
export const playlistQuery = (id: string) =>
  queryOptions({ queryKey: ['playlist', id], queryFn: async ({ signal }) => (await ask(PLAYLIST, { id }, signal)).playlist });
