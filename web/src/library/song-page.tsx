import { useQuery } from '@tanstack/react-query';
import { ListEnd, ListPlus, Pause, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link, useParams } from 'wouter';
import { codeOf } from '../api/api-error.js';
import { ask } from '../api/client.js';
import { graphql, type ResultOf } from '../api/graphql.js';
import { Artwork } from '../design/artwork.js';
import { Button, IconButton } from '../design/button.js';
import { bytes, count, duration } from '../design/format.js';
import { Failed } from '../design/notice.js';
import { notify } from '../design/toast.js';
import { current } from '../playback/queue.js';
import { primeSources } from '../playback/sources.js';
import { QualityMenu } from '../playback/quality-menu.js';
import { player, useClock, usePlayer } from '../playback/the-player.js';
import { TRACK } from '../playback/track.js';
import { Waveform } from '../playback/waveform.js';
import { AddToPlaylist } from '../playlists/add-to-playlist.js';
import { NotFound } from '../shell/not-found.js';
import { PageSkeleton } from '../shell/page-skeleton.js';
import { Hero, HERO_SIZES } from './hero.js';

const SONG = graphql(
  `
    query Song($id: ID!) {
      song(id: $id) {
        ...Track
        year
        genre
        plays
        audio {
          peaksUrl
          loudness {
            integratedLufs
            truePeakDbtp
          }
        }
        original {
          codec
          bitrateKbps
          sampleRateHz
          channels
          bytes
        }
      }
      hlsSources(songId: $id) {
        hlsAvailable
        qualities {
          name
          label
          averageBandwidth
          bytes
        }
      }
    }
  `,
  [TRACK],
);

export function SongPage() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({ queryKey: ['song', id], queryFn: ({ signal }) => ask(SONG, { id }, signal) });
  if (error) return codeOf(error) === 'NOT_FOUND' ? <NotFound /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <PageSkeleton />;
  return <SongDetails {...data} />;
}

type Details = ResultOf<typeof SONG>;

function SongDetails({ song, hlsSources }: Details) {
  const [adding, setAdding] = useState(false);
  const isCurrent = usePlayer(({ queue }) => current(queue)?.track.id === song.id);
  const plays = usePlayer(({ status }) => isCurrent && (status === 'playing' || status === 'loading'));
  const position = useClock((clock) => (isCurrent ? clock.position : 0));
  const kbps = usePlayer((state) => state.bandwidthKbps);

  // A listener who opens the page of a song is likely to play it.
  useEffect(() => primeSources(song.id), [song.id]);

  const play = () => (isCurrent ? player.toggle() : player.playTracks([song]));
  const seek = (seconds: number) => {
    if (!isCurrent) player.playTracks([song]);
    player.seek(seconds);
  };
  return (
    <>
      <Hero
        kind="Song"
        title={song.title}
        tint={song.artwork?.dominantColour}
        cover={<Artwork artwork={song.artwork} name={song.albumTitle ?? song.title} sizes={HERO_SIZES} lazy={false} />}
        facts={
          <>
            {[song.artist ?? 'Unknown artist', song.year, song.genre, duration(song.durationSeconds)].filter(Boolean).join(' · ')}
            {song.album && (
              <>
                {' · '}
                <Link href={`/albums/${song.album.id}`} className="hover:underline">
                  {song.album.title}
                </Link>
              </>
            )}
          </>
        }
      >
        <Button look="primary" icon={plays ? <Pause size={16} fill="currentColor" /> : <Play size={16} fill="currentColor" />} onClick={play}>
          {plays ? 'Pause' : 'Play'}
        </Button>
        <IconButton
          label="Add to the queue"
          onClick={() => {
            player.addTracks([song], 'end');
            notify(`“${song.title}” was added to the queue.`);
          }}
        >
          <ListEnd size={20} />
        </IconButton>
        <IconButton label="Add to a playlist" onClick={() => setAdding(true)}>
          <ListPlus size={20} />
        </IconButton>
      </Hero>
      <section aria-label="Waveform" className="mb-10 rounded-2xl border border-line bg-raised p-4 md:p-6">
        <Waveform peaksUrl={song.audio?.peaksUrl ?? null} position={position} duration={song.durationSeconds} onSeek={seek} className="h-24 md:h-32" />
        <div className="mt-3 flex flex-wrap items-center justify-between gap-3 text-xs text-muted tabular-nums">
          <span>
            {duration(position)} / {duration(song.durationSeconds)}
          </span>
          {isCurrent && kbps && <span>Connection: {kbps} kbit/s</span>}
          {isCurrent && <QualityMenu />}
        </div>
      </section>
      <Facts song={song} hlsSources={hlsSources} />
      {adding && <AddToPlaylist track={song} onClose={() => setAdding(false)} />}
    </>
  );
}

function Facts({ song, hlsSources }: Details) {
  const { original, audio } = song;
  const loudness = audio?.loudness;
  return (
    <div className="grid gap-6 md:grid-cols-2">
      <section aria-label="Qualities">
        <h2 className="mb-3 text-lg font-bold">Qualities</h2>
        {hlsSources.hlsAvailable ? (
          <table className="w-full text-sm">
            <thead className="text-left text-xs text-muted">
              <tr>
                <th className="py-1 font-medium">Name</th>
                <th className="font-medium">Bit rate</th>
                <th className="text-right font-medium">Size</th>
              </tr>
            </thead>
            <tbody className="tabular-nums">
              {hlsSources.qualities.map(({ name, label, averageBandwidth, bytes: size }) => (
                <tr key={name} className="border-t border-line">
                  <td className="py-2">
                    {label.charAt(0) + label.slice(1).toLowerCase()} <span className="text-muted">{name}</span>
                  </td>
                  <td>{Math.round(averageBandwidth / 1000)} kbit/s</td>
                  <td className="text-right">{bytes(size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <p className="text-sm text-muted">They are being made. Until then the original plays.</p>
        )}
      </section>
      <section aria-label="Recording">
        <h2 className="mb-3 text-lg font-bold">Recording</h2>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
          <Fact name="Plays">{count(song.plays)}</Fact>
          <Fact name="Original">
            {original.codec.toUpperCase()}, {original.bitrateKbps} kbit/s, {original.sampleRateHz / 1000} kHz, {bytes(original.bytes)}
          </Fact>
          {loudness?.integratedLufs != null && <Fact name="Loudness">{loudness.integratedLufs.toFixed(1)} LUFS</Fact>}
          {loudness?.truePeakDbtp != null && <Fact name="True peak">{loudness.truePeakDbtp.toFixed(1)} dBTP</Fact>}
        </dl>
      </section>
    </div>
  );
}

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <>
    <dt className="text-muted">{name}</dt>
    <dd className="tabular-nums">{children}</dd>
  </>
);
