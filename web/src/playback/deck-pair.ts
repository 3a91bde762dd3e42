import { Deck } from './deck.js';
import type { EngineEvent } from './hls-engine.js';
import { gainFactor } from './loudness.js';
import { Mixer } from './mixer.js';
import type { PlayerState } from './player-state.js';

/** Events of the current deck, but for `onSpareFailed`. */
export interface DeckPairEvents {
  /** The audio element has changed: playing, paused, buffering, position. */
  onChange: () => void;
  onEnded: () => void;
  onEngineEvent: (event: EngineEvent) => void;
  /** More data has arrived. */
  onProgress: () => void;
  /** Playback has failed and will not recover by itself. */
  onFailed: () => void;
  onSpareFailed: () => void;
}

/** Two decks and the mixer through which they sound. One is current, the other one spare, until they swap. */
export class DeckPair {
  private readonly mixer = new Mixer();
  private readonly decks: [Deck, Deck];

  constructor(events: DeckPairEvents) {
    const deckEvents = {
      onChange: (deck: Deck) => deck === this.current && events.onChange(),
      onEnded: (deck: Deck) => deck === this.current && events.onEnded(),
      onEngineEvent: (deck: Deck, event: EngineEvent) => deck === this.current && events.onEngineEvent(event),
      onProgress: (deck: Deck) => deck === this.current && events.onProgress(),
      onFailed: (deck: Deck) => (deck === this.current ? events.onFailed() : events.onSpareFailed()),
    };
    this.decks = [new Deck(deckEvents), new Deck(deckEvents)];
  }

  get current(): Deck {
    return this.decks[0];
  }

  get spare(): Deck {
    return this.decks[1];
  }

  swap(): void {
    this.decks.reverse();
  }

  unload(): void {
    for (const deck of this.decks) deck.unload();
  }

  setQuality(quality: string): void {
    for (const deck of this.decks) deck.setQuality(quality);
  }

  /** Must be called from a click, because browsers allow no sound before one. */
  wake(): void {
    this.mixer.wake();
  }

  /** Applies the listener's volume, and the gain that makes songs equally loud. */
  mix({ volume, muted, normalisation }: PlayerState): void {
    for (const deck of this.decks) {
      const { sources } = deck;
      const gain = sources ? gainFactor(normalisation, sources.loudness, sources.albumLoudness) : 1;
      this.mixer.set(deck.audio, muted ? 0 : volume, gain, deck.mixable);
    }
  }
}
