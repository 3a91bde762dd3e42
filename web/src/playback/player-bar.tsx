import { ChevronUp, ListVideo } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Link } from 'wouter';
import { Artwork } from '../design/artwork.js';
import { IconButton } from '../design/button.js';
import { QualityMenu } from './quality-menu.js';
import { current } from './queue.js';
import { SeekBar } from './seek-bar.js';
import { usePlayer } from './the-player.js';
import type { Track } from './track.js';
import { Transport } from './transport.js';
import { TroubleNotice } from './trouble-notice.js';
import { Volume } from './volume.js';

const NowPlaying = lazy(async () => ({ default: (await import('./now-playing.js')).NowPlaying }));

/** The bar with the current song on every page. On a phone it opens to the whole screen. */
export function PlayerBar() {
  const track = usePlayer(({ queue }) => current(queue)?.track);
  const [open, setOpen] = useState(false);
  if (!track) return null;
  return (
    <>
      <section aria-label="Player" className="border-t border-line bg-raised">
        <div className="md:hidden">
          <SeekBar times={false} />
        </div>
        <TroubleNotice className="px-4 pt-2" />
        <div className="grid h-16 grid-cols-[minmax(0,1fr)_auto] items-center gap-2 px-3 md:h-22 md:grid-cols-[minmax(0,1fr)_minmax(20rem,36rem)_minmax(0,1fr)] md:gap-6 md:px-5">
          <Playing track={track} />
          <div className="hidden justify-items-center md:grid">
            <Transport />
            <SeekBar />
          </div>
          <div className="hidden items-center justify-end gap-1 md:flex lg:gap-2">
            <QualityMenu />
            <Volume />
            <IconButton label="Queue and waveform" pressed={open} onClick={() => setOpen(!open)}>
              <ListVideo size={20} />
            </IconButton>
          </div>
          <div className="flex items-center md:hidden">
            <Transport all={false} />
            <IconButton label="Open the player" onClick={() => setOpen(true)}>
              <ChevronUp size={20} />
            </IconButton>
          </div>
        </div>
      </section>
      {open && (
        <Suspense>
          <NowPlaying onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

const Playing = ({ track }: { track: Track }) => (
  <div className="flex min-w-0 items-center gap-3">
    <Artwork artwork={track.artwork} name={track.albumTitle ?? track.title} sizes="56px" lazy={false} className="size-11 shrink-0 rounded-md md:size-14" />
    <div className="min-w-0">
      <Link href={`/songs/${track.id}`} className="block truncate text-sm font-semibold hover:underline">
        {track.title}
      </Link>
      <p className="truncate text-xs text-muted">{track.artist ?? 'Unknown artist'}</p>
    </div>
  </div>
);
