import { current } from './queue.js';
import { player } from './the-player.js';

const NAME = 'Ladder';

/** Media Session: artwork and buttons on the lock screen, media keys, the display of a car. */
export function showOnLockScreen(): () => void {
  const session = navigator.mediaSession;
  if (!session) return () => undefined;
  const actions: [MediaSessionAction, MediaSessionActionHandler][] = [
    ['play', () => player.play()],
    ['pause', () => player.pause()],
    ['previoustrack', () => player.previous()],
    ['nexttrack', () => player.next()],
    ['seekto', ({ seekTime }) => seekTime != null && player.seek(seekTime)],
    ['seekbackward', ({ seekOffset }) => player.seek(player.clock.get().position - (seekOffset ?? 10))],
    ['seekforward', ({ seekOffset }) => player.seek(player.clock.get().position + (seekOffset ?? 10))],
  ];
  for (const [action, handler] of actions) {
    try {
      session.setActionHandler(action, handler);
    } catch {
      // This browser does not support the action.
    }
  }
  let shown: string | undefined;
  const unwatchState = player.state.watch(() => {
    const { queue, status } = player.state.get();
    const entry = current(queue);
    session.playbackState = status === 'playing' || status === 'loading' ? 'playing' : entry ? 'paused' : 'none';
    if (entry?.key !== shown) {
      shown = entry?.key;
      session.metadata = entry ? metadataOf(entry.track) : null;
      document.title = entry ? `${entry.track.title} · ${entry.track.artist ?? NAME}` : NAME;
    }
  });
  const unwatchClock = player.clock.watch(() => {
    const { position, duration } = player.clock.get();
    if (duration > 0) session.setPositionState?.({ duration, position: Math.min(position, duration) });
  });
  return () => {
    unwatchState();
    unwatchClock();
  };
}

type Entry = NonNullable<ReturnType<typeof current>>;

const metadataOf = ({ title, artist, albumTitle, artwork }: Entry['track']): MediaMetadata =>
  new MediaMetadata({
    title,
    artist: artist ?? '',
    album: albumTitle ?? '',
    artwork: (artwork?.images ?? []).map(({ url, width, height, contentType }) => ({
      src: url,
      sizes: `${width}x${height}`,
      type: contentType,
    })),
  });
