import { useQuery } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import { useParams } from 'wouter';
import { codeOf } from '../api/api-error.js';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { Button } from '../design/button.js';
import { Failed } from '../design/notice.js';
import { player } from '../playback/the-player.js';
import { TRACK } from '../playback/track.js';
import { NotFound } from '../shell/not-found.js';
import { PageSkeleton } from '../shell/page-skeleton.js';
import { Heading } from './heading.js';
import { More } from './more.js';
import { usePages } from './pages.js';
import { Tracks } from './tracks.js';

const ARTIST = graphql(`
  query Artist($id: ID!) {
    artist(id: $id) {
      name
    }
  }
`);

const ARTIST_SONGS = graphql(
  `
    query ArtistSongs($id: ID!, $after: String) {
      artist(id: $id) {
        songs(first: 50, after: $after) {
          edges {
            node {
              ...Track
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

export function ArtistPage() {
  const { id = '' } = useParams();
  const artist = useQuery({ queryKey: ['artist', id], queryFn: ({ signal }) => ask(ARTIST, { id }, signal) });
  const songs = usePages(['artist-songs', id], async (after, signal) => (await ask(ARTIST_SONGS, { id, after }, signal)).artist.songs);
  if (artist.error) {
    return codeOf(artist.error) === 'NOT_FOUND' ? <NotFound /> : <Failed error={artist.error} onRetry={() => void artist.refetch()} />;
  }
  if (!artist.data) return <PageSkeleton />;
  return (
    <>
      <Heading title={artist.data.artist.name}>
        <Button
          look="primary"
          icon={<Play size={16} fill="currentColor" />}
          disabled={!songs.nodes.length}
          onClick={() => player.playTracks(songs.nodes)}
        >
          Play
        </Button>
      </Heading>
      {songs.isError && <Failed error={songs.error} onRetry={() => void songs.refetch()} />}
      <Tracks label="Songs" tracks={songs.nodes} />
      <More {...songs.more} />
    </>
  );
}
