import { History } from 'lucide-react';
import { ask } from '../api/client.js';
import { graphql } from '../api/graphql.js';
import { Empty, Failed } from '../design/notice.js';
import { TRACK } from '../playback/track.js';
import { Heading } from './heading.js';
import { More } from './more.js';
import { usePages } from './pages.js';
import { Tracks } from './tracks.js';
import { TracksSkeleton } from './tracks-skeleton.js';

const HISTORY = graphql(
  `
    query History($after: String) {
      playHistory(first: 50, after: $after) {
        edges {
          node {
            at
            song {
              ...Track
            }
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

const when = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

export function HistoryPage() {
  const plays = usePages(['history'], async (after, signal) => (await ask(HISTORY, { after }, signal)).playHistory);
  return (
    <>
      <Heading title="Recently played" />
      {plays.isError && <Failed error={plays.error} onRetry={() => void plays.refetch()} />}
      {plays.isPending && <TracksSkeleton rows={12} />}
      {plays.isSuccess && plays.nodes.length === 0 && (
        <Empty icon={<History size={40} />} title="Nothing heard yet">
          What you play is listed here; only you see it.
        </Empty>
      )}
      <Tracks
        label="Recently played"
        tracks={plays.nodes.map(({ song }) => song)}
        aside={(_, index) => <time className="hidden text-xs text-muted sm:block">{when.format(new Date(plays.nodes[index]!.at))}</time>}
      />
      <More {...plays.more} />
    </>
  );
}
