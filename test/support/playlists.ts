import { ApiClient } from '../../src/cli/api-client.js';
import { makeSong, makeTaggedSong } from './audio-fixtures.js';
import type { TestServer } from './test-server.js';
import { uploadSong } from './songs.js';
import { tempDir } from './temp-dir.js';

export interface Listener extends ApiClient {
  readonly id: string;
}

/** Registers a listener. */
export async function newListener(server: TestServer, name: string): Promise<Listener> {
  const { register } = await new ApiClient(server.url).ask<{ register: { token: string } }>(
    'mutation ($email: String!) { register(email: $email, password: "a quiet evening at home") { token } }',
    { email: `${name}@example.com` },
  );
  const client = new ApiClient(server.url, register.token);
  const { me } = await client.ask<{ me: { id: string } }>('{ me { id } }');
  return Object.assign(client, { id: me.id });
}

/** Ids of songs one second apart in length, the first `covered` of them with a cover. */
export async function someSongs(server: TestServer, count: number, covered = 0): Promise<string[]> {
  const folder = tempDir('fixtures');
  const admin = await server.admin();
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const seconds = 2 + i;
    const path =
      i < covered
        ? await makeTaggedSong(folder, seconds, { title: `Song ${i}` })
        : await makeSong(folder, `${i}.mp3`, seconds);
    ids.push((await uploadSong(admin, path)).id);
  }
  return ids;
}

export async function newPlaylist(
  client: ApiClient,
  visibility = 'PRIVATE',
  title = 'Mine',
): Promise<string> {
  const { createPlaylist } = await client.ask<{ createPlaylist: { id: string } }>(
    'mutation ($input: CreatePlaylistInput!) { createPlaylist(input: $input) { id } }',
    { input: { title, visibility } },
  );
  return createPlaylist.id;
}

export interface Place {
  after?: string;
  before?: string;
}

export async function add(
  client: ApiClient,
  playlistId: string,
  songIds: string[],
  place: Place = {},
): Promise<string[]> {
  const { addToPlaylist } = await client.ask<{ addToPlaylist: { id: string }[] }>(
    `mutation ($playlistId: ID!, $songIds: [ID!]!, $after: ID, $before: ID) {
      addToPlaylist(playlistId: $playlistId, songIds: $songIds, after: $after, before: $before) { id } }`,
    { playlistId, songIds, ...place },
  );
  return addToPlaylist.map(({ id }) => id);
}

export async function move(client: ApiClient, playlistId: string, entryId: string, place: Place) {
  await client.ask(
    `mutation ($playlistId: ID!, $entryId: ID!, $after: ID, $before: ID) {
      movePlaylistEntry(playlistId: $playlistId, entryId: $entryId, after: $after, before: $before) { id } }`,
    { playlistId, entryId, ...place },
  );
}

export async function remove(client: ApiClient, playlistId: string, entryIds: string[]): Promise<number> {
  const { removeFromPlaylist } = await client.ask<{ removeFromPlaylist: { totalCount: number } }>(
    `mutation ($playlistId: ID!, $entryIds: [ID!]!) {
      removeFromPlaylist(playlistId: $playlistId, entryIds: $entryIds) { totalCount } }`,
    { playlistId, entryIds },
  );
  return removeFromPlaylist.totalCount;
}

export interface Listed {
  totalCount: number;
  durationSeconds: number;
  entries: { id: string; songId: string }[];
}

/** The whole playlist, page by page. */
export async function whole(client: ApiClient, id: string, first = 100): Promise<Listed> {
  const entries: Listed['entries'] = [];
  for (let after: string | null = null; ;) {
    type Answer = {
      playlist: {
        totalCount: number;
        durationSeconds: number;
        entries: {
          edges: { node: { id: string; song: { id: string } } }[];
          pageInfo: { hasNextPage: boolean; endCursor: string | null };
        };
      };
    };
    const { playlist }: Answer = await client.ask<Answer>(
      `query ($id: ID!, $first: Int!, $after: String) { playlist(id: $id) { totalCount durationSeconds
        entries(first: $first, after: $after) { edges { node { id song { id } } } pageInfo { hasNextPage endCursor } } } }`,
      { id, first, after },
    );
    entries.push(...playlist.entries.edges.map(({ node }) => ({ id: node.id, songId: node.song.id })));
    after = playlist.entries.pageInfo.endCursor;
    if (!playlist.entries.pageInfo.hasNextPage)
      return { totalCount: playlist.totalCount, durationSeconds: playlist.durationSeconds, entries };
  }
}
