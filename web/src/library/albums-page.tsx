import { Disc3 } from 'lucide-react';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { plural } from '../design/format.js';
import { Empty, Failed } from '../design/notice.js';
import { AlbumCard, ALBUM_CARD } from './album-card.js';
import { CoverGrid, CoverGridSkeleton } from './cover-card.js';
import { Heading } from './heading.js';
import { More } from './more.js';
import { usePages } from './pages.js';

const ALBUMS = graphql(
  `
    query Albums($after: String) {
      albums(first: 40, after: $after, state: PUBLISHED) {
        totalCount
        edges {
          node {
            ...AlbumCard
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  `,
  [ALBUM_CARD],
);

export function AlbumsPage() {
  const albums = usePages(['albums'], async (after, signal) => (await ask(ALBUMS, { after }, signal)).albums);
  return (
    <>
      <Heading title="Albums">
        {albums.nodes.length > 0 && <span className="text-sm text-muted">{plural(albums.totalCount ?? 0, 'album')}</span>}
      </Heading>
      {albums.isError && <Failed error={albums.error} onRetry={() => void albums.refetch()} />}
      {albums.isPending && <CoverGridSkeleton />}
      {albums.isSuccess && albums.nodes.length === 0 && (
        <Empty icon={<Disc3 size={40} />} title="No albums yet">
          An administrator makes them in the studio.
        </Empty>
      )}
      <CoverGrid>
        {albums.nodes.map((album, at) => (
          <AlbumCard key={album.id} album={album} lazy={at >= 10} />
        ))}
      </CoverGrid>
      <More {...albums.more} />
    </>
  );
}
