import { Play, Shuffle } from 'lucide-react';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { Button } from '../design/button.js';
import { plural } from '../design/format.js';
import { Empty, Failed } from '../design/notice.js';
import { player } from '../playback/the-player.js';
import { TRACK } from '../playback/track.js';
import { Heading } from './heading.js';
import { More } from './more.js';
import { usePages } from './pages.js';
import { Tracks } from './tracks.js';
import { TracksSkeleton } from './tracks-skeleton.js';

const SONGS = graphql(
  `
    query Songs($after: String) {
      songs(first: 50, after: $after) {
        totalCount
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
  `,
  [TRACK],
);

export function SongsPage() {
  const songs = usePages(['songs'], async (after, signal) => (await ask(SONGS, { after }, signal)).songs);
  const tracks = songs.nodes;
  return (
    <>
      <Heading title="Songs">
        {tracks.length > 0 && (
          <>
            <span className="mr-2 text-sm text-muted">{plural(songs.totalCount ?? tracks.length, 'song')}</span>
            <Button look="primary" icon={<Play size={16} fill="currentColor" />} onClick={() => player.playTracks(tracks)}>
              Play
            </Button>
            <Button icon={<Shuffle size={16} />} onClick={() => shuffled(tracks)}>
              Shuffle
            </Button>
          </>
        )}
      </Heading>
      {songs.isError && <Failed error={songs.error} onRetry={() => void songs.refetch()} />}
      {songs.isPending && <TracksSkeleton rows={12} />}
      {songs.isSuccess && tracks.length === 0 && <Empty title="No songs yet">They appear here as soon as the first is uploaded.</Empty>}
      <Tracks label="Songs" tracks={tracks} />
      <More {...songs.more} />
    </>
  );
}

function shuffled(tracks: Parameters<typeof player.playTracks>[0]): void {
  player.setShuffle(true);
  player.playTracks(tracks, Math.floor(Math.random() * tracks.length));
}
