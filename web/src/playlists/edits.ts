import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';

const CREATE = graphql(`
  mutation CreatePlaylist($title: String!) {
    createPlaylist(input: { title: $title }) {
      id
    }
  }
`);
const ADD = graphql(`
  mutation AddToPlaylist($id: ID!, $songIds: [ID!]!) {
    addToPlaylist(playlistId: $id, songIds: $songIds) {
      id
    }
  }
`);
const MOVE = graphql(`
  mutation MoveEntry($id: ID!, $entryId: ID!, $before: ID, $after: ID) {
    movePlaylistEntry(playlistId: $id, entryId: $entryId, before: $before, after: $after) {
      id
    }
  }
`);
const REMOVE = graphql(`
  mutation RemoveEntry($id: ID!, $entryIds: [ID!]!) {
    removeFromPlaylist(playlistId: $id, entryIds: $entryIds) {
      id
    }
  }
`);
const UPDATE = graphql(`
  mutation UpdatePlaylist($id: ID!, $input: UpdatePlaylistInput!) {
    updatePlaylist(id: $id, input: $input) {
      id
    }
  }
`);
const DELETE = graphql(`
  mutation DeletePlaylist($id: ID!) {
    deletePlaylist(id: $id)
  }
`);
const COPY = graphql(`
  mutation CopyPlaylist($id: ID!) {
    copyPlaylist(id: $id) {
      id
    }
  }
`);

export type Visibility = 'PRIVATE' | 'UNLISTED' | 'PUBLIC';

/** Mutations of playlists. Each throws ApiError. */
export const createPlaylist = async (title: string): Promise<string> => (await ask(CREATE, { title })).createPlaylist.id;
export const addSongs = (id: string, songIds: string[]) => ask(ADD, { id, songIds });
export const removeEntry = (id: string, entryId: string) => ask(REMOVE, { id, entryIds: [entryId] });
export const updatePlaylist = (id: string, input: { title?: string; description?: string; visibility?: Visibility }) =>
  ask(UPDATE, { id, input });
export const deletePlaylist = (id: string) => ask(DELETE, { id });
export const copyPlaylist = async (id: string): Promise<string> => (await ask(COPY, { id })).copyPlaylist.id;

/** Moves an entry before or after another one, independent of concurrent edits. */
export const moveEntry = (id: string, entryId: string, neighbour: { before: string } | { after: string }) =>
  ask(MOVE, { id, entryId, before: 'before' in neighbour ? neighbour.before : null, after: 'after' in neighbour ? neighbour.after : null });
