import type { DeckPair } from './deck-pair.js';
import type { PlaybackEvent } from './playback-state.js';
import { whenPublished } from './publication.js';
import { freshSourcesOf } from './sources.js';

export interface HlsUpgradeEvents {
  /** Whether the event matters, as for TrackPlayer. */
  enter: (event: PlaybackEvent) => boolean;
  /** The spare deck plays the same song from the same position, and takes over now. */
  onPlayable: () => void;
}

/** Moves a song that plays as the original to its adaptive version once that is published, without a pause. */
export class HlsUpgrade {
  private stopWaiting = () => {};

  constructor(
    private readonly decks: DeckPair,
    private readonly events: HlsUpgradeEvents,
  ) {}

  /** Begins to wait if the current song was not published when its sources were asked for. */
  wait(request: number, quality: () => string): void {
    const { key, sources } = this.decks.current;
    if (!key || !sources || sources.hlsAvailable) return;
    this.stopWaiting();
    this.stopWaiting = whenPublished(sources.songId, () => {
      if (this.events.enter({ type: 'HLS_PUBLISHED', request }))
        void this.move(request, key, sources.songId, quality()).catch(() => undefined);
    });
  }

  cancel(): void {
    this.stopWaiting();
  }

  private async move(request: number, key: string, songId: string, quality: string): Promise<void> {
    const { current, spare } = this.decks;
    const sources = await freshSourcesOf(songId);
    if (!sources.hlsAvailable || !this.events.enter({ type: 'HLS_SOURCES', request })) return;
    // The position a second from now, because loading takes about as long.
    await spare.load(key, sources, current.audio.currentTime + 1, quality);
    await spare.playable();
    if (!this.events.enter({ type: 'HLS_PLAYABLE', request })) return;
    spare.audio.currentTime = current.audio.currentTime;
    this.events.onPlayable();
  }
}
