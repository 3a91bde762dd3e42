import { useQuery } from '@tanstack/react-query';
import { ListEnd, Play, Shuffle } from 'lucide-react';
import { useParams } from 'wouter';
import { codeOf } from '../api/api-error.js';
import { Artwork } from '../design/artwork.js';
import { Button, IconButton } from '../design/button.js';
import { longDuration, plural } from '../design/format.js';
import { Empty, Failed } from '../design/notice.js';
import { notify } from '../design/toast.js';
import { primeSources } from '../playback/sources.js';
import { player } from '../playback/the-player.js';
import { NotFound } from '../shell/not-found.js';
import { PageSkeleton } from '../shell/page-skeleton.js';
import { albumQuery } from './album-query.js';
import { Hero, HERO_SIZES } from './hero.js';
import { Tracks } from './tracks.js';

export function AlbumPage() {
  const { id = '' } = useParams();
  const { data: album, error, refetch } = useQuery(albumQuery(id));
  if (error) return codeOf(error) === 'NOT_FOUND' ? <NotFound /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (!album) return <PageSkeleton />;
  const { tracks } = album;
  const seconds = tracks.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  const discs = byDisc(tracks);
  return (
    <>
      <Hero
        kind={album.state === 'DRAFT' ? 'Album, not published' : 'Album'}
        title={album.title}
        tint={album.artwork?.dominantColour}
        cover={<Artwork artwork={album.artwork} name={album.title} sizes={HERO_SIZES} lazy={false} />}
        facts={[album.artist ?? 'Various artists', album.releaseDate?.slice(0, 4), album.genre, plural(tracks.length, 'song'), longDuration(seconds)]
          .filter(Boolean)
          .join(' · ')}
      >
        <Button look="primary" icon={<Play size={16} fill="currentColor" />} disabled={!tracks.length} onPointerEnter={() => tracks[0] && primeSources(tracks[0].id)} onClick={() => player.playTracks(tracks)}>
          Play
        </Button>
        <Button
          icon={<Shuffle size={16} />}
          disabled={!tracks.length}
          onClick={() => {
            player.setShuffle(true);
            player.playTracks(tracks, Math.floor(Math.random() * tracks.length));
          }}
        >
          Shuffle
        </Button>
        <IconButton
          label="Add to the queue"
          onClick={() => {
            player.addTracks(tracks, 'end');
            notify(`“${album.title}” was added to the queue.`);
          }}
        >
          <ListEnd size={20} />
        </IconButton>
      </Hero>
      {tracks.length === 0 && <Empty title="No songs on it yet">Add tracks in the studio.</Empty>}
      {[...discs].map(([disc, songs]) => (
        <section key={disc} className="mb-6">
          {discs.size > 1 && <h2 className="mb-2 px-2 text-sm font-semibold text-muted">Disc {disc}</h2>}
          <Tracks label={discs.size > 1 ? `Disc ${disc}` : 'Tracks'} tracks={songs} lead="number" numberOf={(_, at) => songs[at]?.trackNumber ?? at + 1} />
        </section>
      ))}
    </>
  );
}

function byDisc<Song extends { discNumber: number | null }>(tracks: readonly Song[]): Map<number, Song[]> {
  const discs = new Map<number, Song[]>();
  for (const track of tracks) {
    const disc = track.discNumber ?? 1;
    discs.set(disc, [...(discs.get(disc) ?? []), track]);
  }
  return discs;
}
