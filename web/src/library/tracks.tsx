import { Ellipsis, ListEnd, ListPlus, ListStart, Disc3, AudioLines, Info, Play } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Artwork } from '../design/artwork.js';
import { duration } from '../design/format.js';
import { Menu, type MenuItem } from '../design/menu.js';
import { notify } from '../design/toast.js';
import { current } from '../playback/queue.js';
import { primeSources } from '../playback/sources.js';
import { player, usePlayer } from '../playback/the-player.js';
import type { Track } from '../playback/track.js';
import { AddToPlaylist } from '../playlists/add-to-playlist.js';

interface TracksProps {
  tracks: readonly Track[];
  /** The beginning of a row: the cover, or the track's number. */
  lead?: 'cover' | 'number';
  numberOf?: (track: Track, index: number) => ReactNode;
  /** Extra content at the end of a row, before its length. */
  aside?: (track: Track, index: number) => ReactNode;
  /** More entries for a row's menu. */
  actions?: (track: Track, index: number) => readonly MenuItem[];
  label: string;
}

/** A list of songs: a click plays the list from that song; each song has a menu of further actions. */
export function Tracks({ tracks, lead = 'cover', numberOf, aside, actions, label }: TracksProps) {
  const [adding, setAdding] = useState<Track | null>(null);
  return (
    <>
      <ol aria-label={label}>
        {tracks.map((track, index) => (
          <TrackRow
            key={`${track.id}-${index}`}
            track={track}
            lead={lead === 'number' ? (numberOf?.(track, index) ?? index + 1) : undefined}
            aside={aside?.(track, index)}
            onPlay={() => player.playTracks(tracks, index)}
            onAdd={() => setAdding(track)}
            actions={actions?.(track, index) ?? []}
          />
        ))}
      </ol>
      {adding && <AddToPlaylist track={adding} onClose={() => setAdding(null)} />}
    </>
  );
}

interface RowProps {
  track: Track;
  lead: ReactNode;
  aside: ReactNode;
  onPlay: () => void;
  onAdd: () => void;
  actions: readonly MenuItem[];
}

function TrackRow({ track, lead, aside, onPlay, onAdd, actions }: RowProps) {
  const plays = usePlayer(({ queue }) => current(queue)?.track.id === track.id);
  const [, go] = useLocation();
  const items: MenuItem[] = [
    { label: 'Play next', icon: <ListStart size={16} />, onSelect: () => add('next') },
    { label: 'Add to the queue', icon: <ListEnd size={16} />, onSelect: () => add('end') },
    { label: 'Add to a playlist', icon: <ListPlus size={16} />, onSelect: onAdd },
    { label: 'About this song', icon: <Info size={16} />, onSelect: () => go(`/songs/${track.id}`) },
    ...(track.album ? [{ label: 'Go to the album', icon: <Disc3 size={16} />, onSelect: () => go(`/albums/${track.album!.id}`) }] : []),
    ...actions,
  ];
  const add = (where: 'next' | 'end') => {
    player.addTracks([track], where);
    notify(where === 'next' ? `“${track.title}” plays next.` : `“${track.title}” was added to the queue.`);
  };
  return (
    <li className={`skip-offscreen group flex items-center gap-3 rounded-lg px-2 py-1.5 hover:bg-ink/5 ${plays ? 'text-accent' : ''}`}>
      <button
        type="button"
        aria-label={lead === undefined ? `Play ${track.title}` : `Play ${track.title}, track ${String(lead)}`}
        onClick={onPlay}
        onPointerEnter={() => primeSources(track.id)}
        onFocus={() => primeSources(track.id)}
        className="relative grid size-11 shrink-0 place-items-center overflow-hidden rounded-md">
        {lead === undefined ? (
          <Artwork artwork={track.artwork} name={track.albumTitle ?? track.title} sizes="44px" className="size-full" />
        ) : (
          <span className="text-sm text-muted tabular-nums group-focus-within:opacity-0 group-hover:opacity-0">{plays ? <AudioLines size={18} className="text-accent" /> : lead}</span>
        )}
        <span
          className={`absolute inset-0 grid place-items-center opacity-0 transition group-focus-within:opacity-100 group-hover:opacity-100 ${lead === undefined ? 'bg-black/45 text-white' : 'text-ink'}`}
        >
          <Play size={18} fill="currentColor" aria-hidden />
        </span>
      </button>
      {/* The whole row is clickable by pointer; keyboards and screen readers use the button. */}
      <div className="min-w-0 flex-1 cursor-default" onDoubleClick={onPlay}>
        <Link href={`/songs/${track.id}`} className="block truncate text-sm font-medium hover:underline">
          {track.title}
        </Link>
        <p className="truncate text-xs text-muted">{track.artist ?? 'Unknown artist'}</p>
      </div>
      {track.albumTitle && <span className="hidden w-1/4 truncate text-xs text-muted lg:block">{track.albumTitle}</span>}
      {aside}
      <span className="w-11 text-right text-xs text-muted tabular-nums">{duration(track.durationSeconds)}</span>
      <Menu label={`More for ${track.title}`} trigger={<Ellipsis size={18} />} items={items} className="inline-grid size-9 place-items-center rounded-full text-muted transition hover:bg-ink/8 hover:text-ink" />
    </li>
  );
}

