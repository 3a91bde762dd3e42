import { useQuery } from '@tanstack/react-query';
import { Disc3 } from 'lucide-react';
import { Link } from 'wouter';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { Empty, Failed } from '../design/notice.js';
import { TRACK } from '../playback/track.js';
import { useViewer } from '../session/account.js';
import { AlbumCard, ALBUM_CARD } from './album-card.js';
import { CoverGrid, CoverGridSkeleton } from './cover-card.js';
import { Heading, Section } from './heading.js';
import { Tracks } from './tracks.js';
import { TracksSkeleton } from './tracks-skeleton.js';

const HOME = graphql(
  `
    query Home {
      albums(first: 10, state: PUBLISHED) {
        edges {
          node {
            ...AlbumCard
          }
        }
      }
      topSongs(first: 8, period: MONTH) {
        plays
        song {
          ...Track
        }
      }
      songs(first: 8) {
        edges {
          node {
            ...Track
          }
        }
      }
    }
  `,
  [ALBUM_CARD, TRACK],
);

const RECENT = graphql(
  `
    query Recent {
      recentlyPlayed(first: 6) {
        ...Track
      }
    }
  `,
  [TRACK],
);

export function HomePage() {
  const viewer = useViewer();
  const home = useQuery({ queryKey: ['home'], queryFn: ({ signal }) => ask(HOME, {}, signal) });
  const recent = useQuery({
    queryKey: ['recent'],
    enabled: Boolean(viewer),
    queryFn: ({ signal }) => ask(RECENT, {}, signal),
  });
  if (home.isError) return <Failed error={home.error} onRetry={() => void home.refetch()} />;
  if (!home.data) {
    return (
      <>
        <Heading title="Home" />
        <CoverGridSkeleton cards={5} />
        <TracksSkeleton />
      </>
    );
  }
  const albums = home.data.albums.edges;
  const newest = home.data.songs.edges.map(({ node }) => node);
  const top = home.data.topSongs.map(({ song }) => song);
  const heard = recent.data?.recentlyPlayed ?? [];
  return (
    <>
      <Heading title="Home" />
      {newest.length === 0 && (
        <Empty icon={<Disc3 size={40} />} title="The library is empty">
          {viewer?.role === 'ADMIN' ? (
            <Link href="/studio" className="text-accent underline">Upload the first songs</Link>
          ) : (
            'Come back when the administrator has added the first songs.'
          )}
        </Empty>
      )}
      {albums.length > 0 && (
        <Section title="New albums" more={<MoreLink href="/albums" />}>
          <CoverGrid>
            {albums.map(({ node }, at) => (
              <AlbumCard key={node.id} album={node} lazy={at >= 5} />
            ))}
          </CoverGrid>
        </Section>
      )}
      <div className="grid gap-x-10 lg:grid-cols-2">
        {heard.length > 0 && (
          <Section title="Recently played" more={<MoreLink href="/history" />}>
            <Tracks label="Recently played" tracks={heard} />
          </Section>
        )}
        {top.length > 0 && (
          <Section title="Most played this month">
            <Tracks label="Most played this month" tracks={top} />
          </Section>
        )}
        {newest.length > 0 && (
          <Section title="New songs" more={<MoreLink href="/songs" />}>
            <Tracks label="New songs" tracks={newest} />
          </Section>
        )}
      </div>
    </>
  );
}

const MoreLink = ({ href }: { href: string }) => (
  <Link href={href} className="text-sm font-medium text-muted hover:text-ink hover:underline">
    See all
  </Link>
);
