import { messageOf } from '../api/api-error.js';
import { DeckPair } from './deck-pair.js';
import { diagnose } from './diagnosis.js';
import type { EngineEvent } from './hls-engine.js';
import { HlsUpgrade } from './hls-upgrade.js';
import { PlayReport } from './play-report.js';
import {
  INITIAL,
  isLoaded,
  preloadedVersion,
  statusOf,
  transition,
  type PlaybackEvent,
  type PlaybackState,
  type Version,
} from './playback-state.js';
import type { Clock, PlayerState } from './player-state.js';
import type { QueueEntry } from './queue.js';
import { sourcesOf, type Sources } from './sources.js';
import { StallWatch } from './stall-watch.js';
import type { Store } from './store.js';
import type { Trouble } from './trouble.js';

export interface TrackPlayerEvents {
  /** The song has played to its end. */
  onEnded: () => void;
  /** The position has changed; called about four times a second. */
  onMoved: () => void;
}

/**
 * Plays one track while the next one is preloaded. Does not know the queue. What happens when is decided in
 * playback-state.ts; the methods here enter an event there, and act if it matters.
 */
export class TrackPlayer {
  private readonly decks: DeckPair;
  private readonly upgrade: HlsUpgrade;
  private readonly stalls: StallWatch;
  private playback: PlaybackState = INITIAL;
  private report: PlayReport | undefined;

  constructor(
    private readonly state: Store<PlayerState>,
    private readonly clock: Store<Clock>,
    private readonly events: TrackPlayerEvents,
  ) {
    this.decks = new DeckPair({
      onChange: () => this.follow(),
      onEnded: () => this.ended(),
      onEngineEvent: (event) => this.onEngineEvent(event),
      onProgress: () => this.stalls.progress(),
      onFailed: () => this.failed(),
      onSpareFailed: () => this.spareFailed(),
    });
    this.upgrade = new HlsUpgrade(this.decks, {
      enter: (event) => this.enter(event),
      onPlayable: () => this.swap(),
    });
    this.stalls = new StallWatch({
      awaited: () => this.decks.current.awaited,
      onStalled: (trouble) => this.stalled(trouble),
    });
  }

  /** Whether the listener wants sound, also while the track is loading. */
  get isWanted(): boolean {
    return this.playback.isWanted;
  }

  /** Resumes the loaded track. Returns false if another track has to be loaded first. */
  resume(key: string): boolean {
    this.decks.wake();
    if (this.playback.key !== key || !isLoaded(this.playback)) return false;
    void this.sound();
    return true;
  }

  pause(): void {
    this.enter({ type: 'PAUSE' });
    this.decks.current.audio.pause();
    this.stalls.follow(false);
    if (isLoaded(this.playback)) this.follow();
    else if (this.state.get().status === 'loading') this.state.set({ status: 'paused' });
  }

  seek(seconds: number): void {
    if (this.decks.current.key) this.decks.current.audio.currentTime = seconds;
  }

  /** Plays the track again from the beginning, which counts as another play. */
  again(entry: QueueEntry): void {
    this.report = new PlayReport(entry.track.id);
    this.decks.current.audio.currentTime = 0;
    void this.sound();
  }

  /** Loads an entry at `at` seconds, or takes the spare deck if that has it preloaded. Undefined unloads both. */
  open(entry: QueueEntry | undefined, at: number, play: boolean): void {
    const key = entry?.key ?? null;
    const isPreloaded = preloadedVersion(this.playback, key, at) !== null;
    this.enter({ type: 'OPEN', key, at, play });
    this.report?.end();
    this.upgrade.cancel();
    if (play) this.decks.wake();
    if (!isPreloaded) this.decks.unload();
    this.clock.set({ position: entry ? at : 0, duration: entry?.track.durationSeconds ?? 0, bufferedTo: 0 });
    this.state.set({ status: statusOf(this.playback, false), sounding: null, error: null, sources: null });
    this.report = entry && new PlayReport(entry.track.id);
    this.stalls.follow(false);
    this.stalls.follow(this.isWanted);
    if (isPreloaded) this.swap();
    else if (entry && play) void this.load(entry, at);
  }

  /** Preloads an entry on the spare deck. */
  prepare(entry: QueueEntry): void {
    if (this.enter({ type: 'PREPARE', key: entry.key })) void this.preload(entry);
  }

  /** Discards the preloaded track, because another one comes next. */
  unprepare(): void {
    if (this.enter({ type: 'UNPREPARE' })) this.decks.spare.unload();
  }

  setQuality(quality: string): void {
    this.decks.setQuality(quality);
  }

  mix(): void {
    this.decks.mix(this.state.get());
  }

  /** Called when the page closes. */
  leave(): void {
    this.report?.end();
  }

  /** Takes the event into account. Returns whether it matters: if not, there is nothing to do about it. */
  private enter(event: PlaybackEvent): boolean {
    const next = transition(this.playback, event);
    this.playback = next ?? this.playback;
    return next !== null;
  }

  private async load({ key, track }: QueueEntry, at: number): Promise<void> {
    const { request } = this.playback;
    try {
      const sources = await sourcesOf(track.id);
      if (!this.enter({ type: 'SOURCES', request, version: versionOf(sources) })) return;
      this.state.set({ sources });
      await this.decks.current.load(key, sources, at, this.state.get().quality);
      if (this.enter({ type: 'LOADED', request })) this.begin();
    } catch (error) {
      this.giveUp(request, messageOf(error));
    }
  }

  private async preload({ key, track }: QueueEntry): Promise<void> {
    try {
      const sources = await sourcesOf(track.id);
      if (!this.enter({ type: 'NEXT_SOURCES', key, version: versionOf(sources) })) return;
      await this.decks.spare.load(key, sources, 0, this.state.get().quality);
    } catch {
      // A failed preload is not an error: the track is loaded when its turn comes.
      if (this.enter({ type: 'NEXT_FAILED', key })) this.decks.spare.unload();
    }
  }

  /** The spare deck takes over from the other, which becomes the spare one. */
  private swap(): void {
    this.decks.swap();
    this.state.set({ sources: this.decks.current.sources ?? null, sounding: null });
    this.begin();
    this.decks.spare.unload();
  }

  private begin(): void {
    this.mix();
    if (this.playback.phase === 'ORIGINAL') this.upgrade.wait(this.playback.request, () => this.state.get().quality);
    if (this.isWanted) void this.sound();
  }

  private async sound(): Promise<void> {
    this.enter({ type: 'PLAY' });
    this.follow();
    try {
      await this.decks.current.audio.play();
    } catch (error) {
      // NotAllowedError: the browser requires a click first. AbortError: another song was requested meanwhile.
      if ((error as Error).name === 'NotAllowedError') this.pause();
    }
  }

  /** Updates state and clock from the audio element. */
  private follow(): void {
    if (!isLoaded(this.playback)) return;
    const { audio } = this.decks.current;
    const position = audio.currentTime;
    this.clock.set(this.decks.current.clock(this.clock.get().duration));
    const moving = !audio.paused && audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    const status = statusOf(this.playback, moving);
    this.stalls.follow(status === 'loading');
    if (status !== 'loading' && this.state.get().error) this.state.set({ error: null });
    const sounding = this.playback.phase === 'ORIGINAL' ? 'original' : this.state.get().sounding;
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
    if (isFinal && this.decks.current.key) this.failed();
    else this.state.set({ error: message });
  }

  /** Adaptive playback has failed, so the original is tried. If that fails too, the listener sees the reason. */
  private failed(): void {
    const deck = this.decks.current;
    if (this.enter({ type: 'ADAPTIVE_FAILED' })) {
      deck.loadOriginal(deck.sources!.fallbackUrl, this.clock.get().position);
      return void (this.isWanted && this.sound());
    }
    const { request } = this.playback;
    void diagnose(deck.awaited).then(({ message }) => this.giveUp(request, message));
  }

  private spareFailed(): void {
    this.enter({ type: 'SPARE_FAILED' });
    this.decks.spare.unload();
  }

  private giveUp(request: number, error: string): void {
    if (!this.enter({ type: 'FAILED', request })) return;
    this.stalls.follow(false);
    this.state.set({ status: 'failed', error });
  }
}

const versionOf = ({ masterPlaylist }: Sources): Version => (masterPlaylist ? 'ADAPTIVE' : 'ORIGINAL');
