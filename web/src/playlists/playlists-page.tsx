import { ListMusic } from 'lucide-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { FragmentOf } from '../api/graphql.js';
import { Button } from '../design/button.js';
import { Dialog } from '../design/dialog.js';
import { plural } from '../design/format.js';
import { Empty, Failed } from '../design/notice.js';
import { COVER_SIZES, CoverCard, CoverGrid, CoverGridSkeleton } from '../library/cover-card.js';
import { Heading, Section } from '../library/heading.js';
import { More } from '../library/more.js';
import { usePages } from '../library/pages.js';
import { useViewer } from '../session/account.js';
import { Covers } from './covers.js';
import { NewPlaylist } from './new-playlist.js';
import { mine, MINE_KEY, ofEverybody, type PLAYLIST_CARD } from './queries.js';

export function PlaylistsPage() {
  const viewer = useViewer();
  const [, go] = useLocation();
  const [making, setMaking] = useState(false);
  const own = usePages(MINE_KEY, mine, Boolean(viewer));
  const open = usePages(['playlists', 'public'], ofEverybody);
  return (
    <>
      <Heading title="Playlists">
        {viewer && (
          <Button look="primary" onClick={() => setMaking(true)}>
            New playlist
          </Button>
        )}
      </Heading>
      {viewer === null && (
        <p className="mb-8 text-sm text-muted">
          <Link href="/sign-in?to=/playlists" className="text-accent underline">Sign in</Link> to make playlists of your own.
        </p>
      )}
      {viewer && (
        <Section title="Yours">
          {own.isError && <Failed error={own.error} onRetry={() => void own.refetch()} />}
          {own.isPending && <CoverGridSkeleton cards={5} />}
          {own.isSuccess && own.nodes.length === 0 && (
            <Empty icon={<ListMusic size={40} />} title="No playlist yet">
              Make one, then add songs with the menu at the end of their row.
            </Empty>
          )}
          <Cards playlists={own.nodes} />
          <More {...own.more} />
        </Section>
      )}
      {open.isError && <Failed error={open.error} onRetry={() => void open.refetch()} />}
      {open.isPending && <CoverGridSkeleton cards={5} />}
      {open.nodes.length > 0 && (
        <Section title="Public">
          <Cards playlists={open.nodes} />
          <More {...open.more} />
        </Section>
      )}
      {making && (
        <Dialog title="New playlist" onClose={() => setMaking(false)}>
          <NewPlaylist onMade={(id) => go(`/playlists/${id}`)} />
        </Dialog>
      )}
    </>
  );
}

const Cards = ({ playlists }: { playlists: readonly FragmentOf<typeof PLAYLIST_CARD>[] }) => (
  <CoverGrid>
    {playlists.map(({ id, title, totalCount, covers }) => (
      <CoverCard
        key={id}
        href={`/playlists/${id}`}
        title={title}
        subtitle={plural(totalCount, 'song')}
        cover={<Covers covers={covers} name={title} sizes={COVER_SIZES} />}
      />
    ))}
  </CoverGrid>
);
