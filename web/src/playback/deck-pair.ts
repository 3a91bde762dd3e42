import { messageOf } from '../api/api-error.js';
import { Deck } from './deck.js';
import { diagnose } from './diagnosis.js';
import type { EngineEvent } from './hls-engine.js';
import { gainFactor } from './loudness.js';
import { Mixer } from './mixer.js';
import { PlayReport } from './play-report.js';
import type { Clock, PlayerState, Status } from './player-state.js';
import type { QueueEntry } from './queue.js';
import { whenPublished } from './publication.js';
import { freshSourcesOf, sourcesOf } from './sources.js';
import { StallWatch } from './stall-watch.js';
import type { Store } from './store.js';
import type { Trouble } from './trouble.js';

export interface DeckPairEvents {
  /** The song has played to its end. */
  onEnded: () => void;
  /** The position has changed; called about four times a second. */
  onMoved: () => void;
}

/** Two decks: one plays while the other preloads the next track, then they swap. Does not know the queue. */
export class DeckPair {
  private readonly mixer = new Mixer();
  private readonly decks: [Deck, Deck];
  private readonly stalls: StallWatch;
  private report: PlayReport | undefined;
  private stopWaitingForHls = () => {};
  /** Incremented by every request to play, so that the answer to an earlier one is ignored. */
  private requestId = 0;
  private preparing: string | undefined;
  /** Whether the listener wants it to play, also while it is loading. */
  private wanted = false;

  constructor(
    private readonly state: Store<PlayerState>,
    private readonly clock: Store<Clock>,
    private readonly events: DeckPairEvents,
  ) {
    const deckEvents = {
      onChange: (deck: Deck) => deck === this.deck && this.follow(),
      onEnded: (deck: Deck) => deck === this.deck && this.ended(),
      onFailed: (deck: Deck) => this.failed(deck),
      onEngineEvent: (deck: Deck, event: EngineEvent) => deck === this.deck && this.onEngineEvent(event),
      onProgress: (deck: Deck) => deck === this.deck && this.stalls.progress(),
    };
    this.decks = [new Deck(deckEvents), new Deck(deckEvents)];
    this.stalls = new StallWatch({ awaited: () => this.deck.awaited, onStalled: (trouble) => this.stalled(trouble) });
  }

  get isWanted(): boolean {
    return this.wanted;
  }

  /** Resumes the loaded track. Returns false if another track has to be loaded first. */
  resume(key: string): boolean {
    this.mixer.wake();
    if (this.deck.key !== key || this.state.get().status === 'failed') return false;
    void this.sound();
    return true;
  }

  pause(): void {
    this.wanted = false;
    this.deck.audio.pause();
    this.stalls.follow(false);
    if (this.deck.key) this.follow();
    else if (this.state.get().status === 'loading') this.state.set({ status: 'paused' });
  }

  seek(seconds: number): void {
    if (this.deck.key) this.deck.audio.currentTime = seconds;
  }

  /** Plays the track again from the beginning, which counts as another play. */
  again(entry: QueueEntry): void {
    this.report = new PlayReport(entry.track.id);
    this.deck.audio.currentTime = 0;
    void this.sound();
  }

  /** Loads an entry at `at` seconds, or takes the spare deck if that has it preloaded. Undefined unloads both. */
  open(entry: QueueEntry | undefined, at: number, play: boolean): void {
    const requestId = ++this.requestId;
    this.report?.end();
    this.stopWaitingForHls();
    this.wanted = play && entry !== undefined;
    if (play) this.mixer.wake();
    const ready = entry !== undefined && at === 0 && this.spare.key === entry.key;
    if (!ready) for (const deck of this.decks) deck.unload();
    this.clock.set({ position: entry ? at : 0, duration: entry?.track.durationSeconds ?? 0, bufferedTo: 0 });
    this.state.set({ status: !entry ? 'idle' : play ? 'loading' : 'paused', sounding: null, error: null, sources: null });
    this.report = entry && new PlayReport(entry.track.id);
    this.stalls.follow(false);
    this.stalls.follow(this.wanted);
    if (ready) {
      this.decks.reverse();
      this.state.set({ sources: this.deck.sources ?? null });
      this.begin();
    } else if (entry && play) void this.load(requestId, entry, at);
  }

  /** Preloads an entry on the spare deck. */
  prepare(entry: QueueEntry): void {
    if ([this.spare.key, this.deck.key, this.preparing].includes(entry.key)) return;
    this.preparing = entry.key;
    const requestId = this.requestId;
    void sourcesOf(entry.track.id)
      .then((sources) => (requestId === this.requestId ? this.spare.load(entry.key, sources, 0, this.state.get().quality) : undefined))
      // A failed preload is not an error: the track is loaded when its turn comes.
      .catch(() => this.spare.unload())
      .finally(() => (this.preparing = undefined));
  }

  /** Discards the preloaded track, because another one comes next. */
  unprepare(): void {
    if (this.spare.key) this.spare.unload();
  }

  setQuality(quality: string): void {
    for (const deck of this.decks) deck.setQuality(quality);
  }

  mix(): void {
    const { volume, muted, normalisation } = this.state.get();
    for (const deck of this.decks) {
      const { sources } = deck;
      const gain = sources ? gainFactor(normalisation, sources.loudness, sources.albumLoudness) : 1;
      this.mixer.set(deck.audio, muted ? 0 : volume, gain, deck.mixable);
    }
  }

  /** Called when the page closes. */
  leave(): void {
    this.report?.end();
  }

  private get deck(): Deck {
    return this.decks[0];
  }

  private get spare(): Deck {
    return this.decks[1];
  }

  private async load(requestId: number, { key, track }: QueueEntry, at: number): Promise<void> {
    try {
      const sources = await sourcesOf(track.id);
      if (requestId !== this.requestId) return;
      this.state.set({ sources });
      await this.deck.load(key, sources, at, this.state.get().quality);
      if (requestId === this.requestId) this.begin();
    } catch (error) {
      if (requestId === this.requestId) this.giveUp(messageOf(error));
    }
  }

  private begin(): void {
    this.mix();
    if (this.deck.playsOriginal) this.waitForHls();
    if (this.wanted) void this.sound();
  }

  private async sound(): Promise<void> {
    this.wanted = true;
    this.follow();
    try {
      await this.deck.audio.play();
    } catch (error) {
      // NotAllowedError: the browser requires a click first. AbortError: another song was requested meanwhile.
      if ((error as Error).name === 'NotAllowedError') this.pause();
    }
  }

  /** Updates state and clock from the audio element. */
  private follow(): void {
    const { audio, key } = this.deck;
    if (!key || this.state.get().status === 'failed') return;
    const position = audio.currentTime;
    this.clock.set(this.deck.clock(this.clock.get().duration));
    const moving = !audio.paused && audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    const status: Status = moving ? 'playing' : this.wanted ? 'loading' : 'paused';
    this.stalls.follow(status === 'loading');
    if (status !== 'loading' && this.state.get().error) this.state.set({ error: null });
    const sounding = this.deck.playsOriginal ? 'original' : this.state.get().sounding;
    if (status !== this.state.get().status || sounding !== this.state.get().sounding) this.state.set({ status, sounding });
    if (moving) this.report?.at(position);
    this.events.onMoved();
  }

  private onEngineEvent(event: EngineEvent): void {
    if (event.type === 'level') this.state.set({ sounding: event.name });
    if (event.type === 'bandwidth') this.state.set({ bandwidthKbps: Math.round(event.kbps) });
  }

  private ended(): void {
    this.report?.end();
    this.events.onEnded();
  }

  /** No data arrives. If a retry cannot help, the original is tried; otherwise playback resumes when data arrives. */
  private stalled({ message, isFinal }: Trouble): void {
    if (isFinal && this.deck.key) this.failed(this.deck);
    else this.state.set({ error: message });
  }

  /** Adaptive playback has failed, so the original is tried. If that fails too, the listener sees the reason. */
  private failed(deck: Deck): void {
    if (deck !== this.deck) return deck.unload();
    const { sources } = deck;
    if (sources && !deck.playsOriginal) {
      deck.loadOriginal(sources.fallbackUrl, this.clock.get().position);
      return void (this.wanted && this.sound());
    }
    const { requestId } = this;
    void diagnose(deck.awaited).then(({ message }) => requestId === this.requestId && this.giveUp(message));
  }

  private giveUp(error: string): void {
    this.wanted = false;
    this.stalls.follow(false);
    this.state.set({ status: 'failed', error });
  }

  /** Plays the original for now, and switches to adaptive playback without a pause once the song is published. */
  private waitForHls(): void {
    const { key, sources } = this.deck;
    if (!key || !sources || sources.hlsAvailable) return;
    const { requestId } = this;
    this.stopWaitingForHls();
    this.stopWaitingForHls = whenPublished(sources.songId, () => {
      if (requestId === this.requestId) void this.moveToHls(requestId, key, sources.songId).catch(() => undefined);
    });
  }

  private async moveToHls(requestId: number, key: string, songId: string): Promise<void> {
    const sources = await freshSourcesOf(songId);
    if (requestId !== this.requestId || !sources.hlsAvailable) return;
    await this.spare.load(key, sources, this.deck.audio.currentTime + 1, this.state.get().quality);
    await this.spare.playable();
    if (requestId !== this.requestId || this.spare.key !== key) return;
    this.spare.audio.currentTime = this.deck.audio.currentTime;
    this.decks.reverse();
    this.state.set({ sources, sounding: null });
    this.begin();
    this.spare.unload();
  }
}
