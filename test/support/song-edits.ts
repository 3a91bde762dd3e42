import { access } from 'node:fs/promises';
import type { ApiClient } from '../../src/cli/api-client.js';
import { SONG, type TestSong } from './songs.js';

/** An administrator's changes to songs, and ways to see their results. */
export const updateSong = async (client: ApiClient, id: string, input: object) =>
  (
    await client.ask<{ updateSong: TestSong }>(
      `mutation ($id: ID!, $input: UpdateSongInput!) { updateSong(id: $id, input: $input) { ${SONG} } }`,
      { id, input },
    )
  ).updateSong;

export const deleteSong = (client: ApiClient, id: string) =>
  client.ask('mutation ($id: ID!) { deleteSong(id: $id) }', { id });

export const replaceAudio = async (client: ApiClient, songId: string, path: string) =>
  (
    await client.upload<{ replaceAudio: TestSong }>(
      `mutation ($songId: ID!, $file: Upload!) { replaceAudio(songId: $songId, file: $file) { ${SONG} } }`,
      path,
      { songId },
    )
  ).replaceAudio;

/** Ids of the songs that have these words. */
export const foundSongs = async (client: ApiClient, search: string) =>
  (
    await client.ask<{ songs: { edges: { node: { id: string } }[] } }>(
      'query ($search: String) { songs(search: $search) { edges { node { id } } } }',
      { search },
    )
  ).songs.edges.map(({ node }) => node.id);

export const isGone = (path: string) =>
  access(path).then(
    () => false,
    () => true,
  );

export const statusOf = async (url: string) => (await fetch(url)).status;
