import { ask, askWithFile } from '../api/client.js';
import { graphql, type VariablesOf } from '../api/graphql.js';

const UPDATE = graphql(`
  mutation UpdateAlbum($id: ID!, $input: UpdateAlbumInput!) {
    updateAlbum(id: $id, input: $input) {
      id
    }
  }
`);
const TRACKS = graphql(`
  mutation SetAlbumTracks($albumId: ID!, $tracks: [AlbumTrackInput!]!) {
    setAlbumTracks(albumId: $albumId, tracks: $tracks) {
      id
    }
  }
`);
const COVER = graphql(`
  mutation SetAlbumArtwork($albumId: ID!, $file: Upload!) {
    setAlbumArtwork(albumId: $albumId, file: $file) {
      id
    }
  }
`);
const DELETE = graphql(`
  mutation DeleteAlbum($id: ID!) {
    deleteAlbum(id: $id)
  }
`);

/** Mutations of albums. Each throws ApiError. */
export const updateAlbum = (id: string, input: VariablesOf<typeof UPDATE>['input']) => ask(UPDATE, { id, input });
export const setCover = (albumId: string, file: File) => askWithFile(COVER, { albumId, file: null }, file);
export const deleteAlbum = (id: string) => ask(DELETE, { id });

interface Placed {
  id: string;
  discNumber: number | null;
}

/** Sets the tracks of an album in this order; each disc is numbered from 1. */
export function setTracks(albumId: string, songs: readonly Placed[]) {
  const counts = new Map<number, number>();
  const tracks = songs.map(({ id, discNumber }) => {
    const disc = discNumber ?? 1;
    const trackNumber = (counts.get(disc) ?? 0) + 1;
    counts.set(disc, trackNumber);
    return { songId: id, discNumber: disc, trackNumber };
  });
  return ask(TRACKS, { albumId, tracks });
}
