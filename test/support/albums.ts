import type { ApiClient } from '../../src/cli/api-client.js';

export interface TestAlbum {
  id: string;
  title: string;
  artist: string | null;
  releaseDate: string | null;
  genre: string | null;
  state: string;
  artwork: { dominantColour: string; images: { url: string; contentType: string }[] } | null;
  tracks: { id: string; discNumber: number; trackNumber: number }[];
}

const ALBUM = `id title artist releaseDate genre state artwork { dominantColour images { url contentType } }
  tracks { id discNumber trackNumber }`;

export async function createAlbum(client: ApiClient, input: object): Promise<TestAlbum> {
  const query = `mutation ($input: CreateAlbumInput!) { album: createAlbum(input: $input) { ${ALBUM} } }`;
  return (await client.ask<{ album: TestAlbum }>(query, { input })).album;
}

export async function updateAlbum(client: ApiClient, id: string, input: object): Promise<TestAlbum> {
  const query = `mutation ($id: ID!, $input: UpdateAlbumInput!) { album: updateAlbum(id: $id, input: $input) { ${ALBUM} } }`;
  return (await client.ask<{ album: TestAlbum }>(query, { id, input })).album;
}

export async function deleteAlbum(client: ApiClient, id: string): Promise<void> {
  await client.ask('mutation ($id: ID!) { deleteAlbum(id: $id) }', { id });
}

export async function albumOf(client: ApiClient, id: string): Promise<TestAlbum> {
  return (await client.ask<{ album: TestAlbum }>(`query ($id: ID!) { album(id: $id) { ${ALBUM} } }`, { id }))
    .album;
}

/** Song ids in the album's order. */
export async function tracksOf(client: ApiClient, id: string): Promise<string[]> {
  return (await albumOf(client, id)).tracks.map((track) => track.id);
}

/** Puts the songs on disc 1, in this order. */
export async function setTracks(client: ApiClient, albumId: string, songIds: string[]): Promise<TestAlbum> {
  return setPlaces(
    client,
    albumId,
    songIds.map((songId, i) => ({ songId, trackNumber: i + 1 })),
  );
}

export async function setPlaces(client: ApiClient, albumId: string, tracks: object[]): Promise<TestAlbum> {
  const query = `mutation ($albumId: ID!, $tracks: [AlbumTrackInput!]!) {
    album: setAlbumTracks(albumId: $albumId, tracks: $tracks) { ${ALBUM} } }`;
  return (await client.ask<{ album: TestAlbum }>(query, { albumId, tracks })).album;
}

export async function moveSong(
  client: ApiClient,
  songId: string,
  albumId: string,
  place: { discNumber?: number; trackNumber?: number } = {},
): Promise<void> {
  await client.ask(
    `mutation ($songId: ID!, $albumId: ID!, $discNumber: Int, $trackNumber: Int) {
      moveSongToAlbum(songId: $songId, albumId: $albumId, discNumber: $discNumber, trackNumber: $trackNumber) { id } }`,
    { songId, albumId, ...place },
  );
}

export async function setArtwork(client: ApiClient, albumId: string, path: string): Promise<TestAlbum> {
  const query = `mutation ($albumId: ID!, $file: Upload!) {
    album: setAlbumArtwork(albumId: $albumId, file: $file) { ${ALBUM} } }`;
  return (await client.upload<{ album: TestAlbum }>(query, path, { albumId })).album;
}

/** The album of a song, as this client sees it. */
export async function albumIdOf(client: ApiClient, songId: string): Promise<string | null> {
  const { song } = await client.ask<{ song: { album: { id: string } | null } }>(
    'query ($id: ID!) { song(id: $id) { album { id } } }',
    { id: songId },
  );
  return song.album?.id ?? null;
}
