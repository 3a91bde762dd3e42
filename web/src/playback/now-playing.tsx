import { ChevronDown, GripVertical, Trash2, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { Artwork } from '../design/artwork.js';
import { Button, IconButton } from '../design/button.js';
import { duration } from '../design/format.js';
import { Menu } from '../design/menu.js';
import type { Normalisation } from './loudness.js';
import { QualityMenu } from './quality-menu.js';
import { current, type QueueEntry } from './queue.js';
import { SeekBar } from './seek-bar.js';
import { player, useClock, usePlayer } from './the-player.js';
import { Transport } from './transport.js';
import { TroubleNotice } from './trouble-notice.js';
import { Waveform } from './waveform.js';

/** Entries of the queue that are shown; a queue may have two thousand. */
const SHOWN_ENTRIES = 100;
const LOUDNESS: Record<Normalisation, string> = {
  album: 'Albums equally loud',
  track: 'Songs equally loud',
  off: 'As loud as they are',
};

/** The player at full size with cover, waveform and queue: beside the page on a desktop, over it on a phone. */
export function NowPlaying({ onClose }: { onClose: () => void }) {
  const element = useRef<HTMLDialogElement>(null);
  const entry = usePlayer(({ queue }) => current(queue));
  const sources = usePlayer((state) => state.sources);
  const kbps = usePlayer((state) => state.bandwidthKbps);
  const normalisation = usePlayer((state) => state.normalisation);
  const clock = useClock((state) => state);
  useEffect(() => {
    element.current?.showModal();
  }, []);
  if (!entry) return null;
  const { track } = entry;
  return (
    <dialog
      ref={element}
      aria-label="Now playing"
      onClose={onClose}
      onClick={(event) => event.target === element.current && element.current?.close()}
      className="lifted m-0 ml-auto h-dvh max-h-none w-full max-w-none bg-raised p-0 text-ink backdrop:bg-black/40 md:w-[27rem]"
    >
      <div className="flex min-h-full flex-col gap-5 p-5">
        <header className="flex items-center justify-between">
          <IconButton label="Close the player" onClick={() => element.current?.close()}>
            <ChevronDown size={22} />
          </IconButton>
          <p className="text-xs font-semibold text-muted">Now playing</p>
          <QualityMenu />
        </header>
        <Artwork artwork={track.artwork} name={track.albumTitle ?? track.title} sizes="(min-width: 768px) 24rem, 90vw" lazy={false} className="mx-auto w-full max-w-96 rounded-2xl" />
        <div className="min-w-0 text-center">
          <Link href={`/songs/${track.id}`} onClick={() => element.current?.close()} className="block truncate text-xl font-bold hover:underline">
            {track.title}
          </Link>
          <p className="truncate text-sm text-muted">{track.artist ?? 'Unknown artist'}</p>
        </div>
        <Waveform
          peaksUrl={sources?.peaksUrl ?? null}
          position={clock.position}
          duration={clock.duration}
          onSeek={(seconds) => player.seek(seconds)}
          className="h-14"
        />
        <SeekBar />
        <div className="flex justify-center">
          <Transport large />
        </div>
        <TroubleNotice />
        <div className="flex items-center justify-between text-xs text-muted">
          <span className="tabular-nums">{kbps ? `Connection: ${kbps} kbit/s` : 'Measuring your connection'}</span>
          <Menu
            label="Loudness"
            side="above"
            trigger={LOUDNESS[normalisation]}
            className="rounded-full border border-line px-3 py-1.5 font-semibold hover:text-ink"
            items={(Object.keys(LOUDNESS) as Normalisation[]).map((mode) => ({
              label: LOUDNESS[mode],
              checked: mode === normalisation,
              onSelect: () => player.setNormalisation(mode),
            }))}
          />
        </div>
        <QueueList />
      </div>
    </dialog>
  );
}

function QueueList() {
  const queue = usePlayer((state) => state.queue);
  const upcoming = queue.entries.slice(queue.index + 1);
  return (
    <section aria-label="Queue" className="border-t border-line pt-4">
      <div className="mb-2 flex items-center justify-between">
        <h2 className="text-sm font-semibold">Next up {upcoming.length > 0 && <span className="text-muted">({upcoming.length})</span>}</h2>
        <Button look="quiet" icon={<Trash2 size={16} />} onClick={() => player.clearQueue()}>
          Clear
        </Button>
      </div>
      {upcoming.length === 0 && <p className="py-4 text-sm text-muted">Nothing follows. Add songs with their menu.</p>}
      <ol>
        {upcoming.slice(0, SHOWN_ENTRIES).map((entry, at) => (
          <QueueRow key={entry.key} entry={entry} index={queue.index + 1 + at} />
        ))}
      </ol>
      {upcoming.length > SHOWN_ENTRIES && <p className="py-2 text-xs text-muted">and {upcoming.length - SHOWN_ENTRIES} more</p>}
    </section>
  );
}

function QueueRow({ entry: { key, track }, index }: { entry: QueueEntry; index: number }) {
  return (
    <li
      draggable
      onDragStart={(event) => event.dataTransfer.setData('text/queue-entry', key)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => player.moveEntry(event.dataTransfer.getData('text/queue-entry'), index)}
      className="group flex items-center gap-2 rounded-lg py-1 hover:bg-ink/5"
    >
      <GripVertical size={16} className="shrink-0 cursor-grab text-muted opacity-0 group-hover:opacity-100" aria-hidden />
      <button type="button" onClick={() => player.jump(index)} className="min-w-0 flex-1 text-left">
        <span className="block truncate text-sm font-medium">{track.title}</span>
        <span className="block truncate text-xs text-muted">
          {track.artist ?? 'Unknown artist'} · {duration(track.durationSeconds)}
        </span>
      </button>
      <IconButton label={`Take “${track.title}” out of the queue`} onClick={() => player.removeEntry(key)}>
        <X size={16} />
      </IconButton>
    </li>
  );
}
