import { useQueryClient } from '@tanstack/react-query';
import { graphql, type FragmentOf } from '../api/graphql.js';
import { Artwork, ARTWORK } from '../design/artwork.js';
import { notifyError } from '../design/toast.js';
import { player } from '../playback/the-player.js';
import { albumQuery } from './album-query.js';
import { COVER_SIZES, CoverCard } from './cover-card.js';

export const ALBUM_CARD = graphql(
  `
    fragment AlbumCard on Album {
      id
      title
      artist
      releaseDate
      artwork {
        ...Artwork
      }
    }
  `,
  [ARTWORK],
);

/** An album in a grid. */
export function AlbumCard({ album, lazy }: { album: FragmentOf<typeof ALBUM_CARD>; lazy?: boolean }) {
  const queries = useQueryClient();
  const play = () =>
    void queries.fetchQuery(albumQuery(album.id)).then(({ tracks }) => player.playTracks(tracks), notifyError);
  return (
    <CoverCard
      href={`/albums/${album.id}`}
      title={album.title}
      subtitle={[album.artist ?? 'Various artists', album.releaseDate?.slice(0, 4)].filter(Boolean).join(' · ')}
      cover={<Artwork artwork={album.artwork} name={album.title} sizes={COVER_SIZES} lazy={lazy} />}
      onPlay={play}
    />
  );
}
