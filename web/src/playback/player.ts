import { listen } from '../api/news.js';
import { messageOf } from '../api/api-error.js';
import { Deck } from './deck.js';
import type { EngineNews } from './hls-engine.js';
import { gainFactor, type Normalisation } from './loudness.js';
import { Mixer } from './mixer.js';
import { PlayReport } from './play-report.js';
import * as queues from './queue.js';
import type { Queue, Repeat } from './queue.js';
import { randomId } from './random-id.js';
import { recall, remember } from './remembered.js';
import { PUBLISHED, sourcesOf, type Sources } from './sources.js';
import { Store } from './store.js';
import type { Track } from './track.js';

export type Status = 'idle' | 'loading' | 'playing' | 'paused' | 'failed';

export interface PlayerState {
  queue: Queue;
  status: Status;
  /** 0 to 1. */
  volume: number;
  muted: boolean;
  normalisation: Normalisation;
  /** What the listener asked for: "auto" or a quality's name. */
  quality: string;
  /** What sounds now: a quality's name, "original", or null before the first sound. */
  sounding: string | null;
  /** What the network gave lately, kbit/s. */
  bandwidthKbps: number | null;
  sources: Sources | null;
  error: string | null;
}

/** Apart from the rest, because it changes four times a second. Seconds. */
export interface Clock {
  position: number;
  duration: number;
  bufferedTo: number;
}

/** How long before the end the next song is made ready. */
const PREPARE_SECONDS = 25;
/** Pressing "previous" later than this goes back to the beginning of the song instead. */
const RESTART_SECONDS = 3;
const REMEMBER_MS = 5_000;

/** Plays a queue on two decks. Knows nothing of the page; whoever shows it watches `state` and `clock`. */
export class Player {
  readonly state: Store<PlayerState>;
  readonly clock: Store<Clock>;
  private readonly mixer = new Mixer();
  private readonly decks: [Deck, Deck];
  private report: PlayReport | undefined;
  private stopWaitingForHls = () => {};
  /** Counts what was asked to play, so that an answer for an earlier wish changes nothing. */
  private wish = 0;
  private rememberedAt = 0;

  constructor() {
    const { queue, position, volume, normalisation, quality } = recall();
    const duration = queues.current(queue)?.track.durationSeconds ?? 0;
    this.state = new Store<PlayerState>({
      queue,
      status: queue.entries.length ? 'paused' : 'idle',
      volume,
      muted: false,
      normalisation,
      quality,
      sounding: null,
      bandwidthKbps: null,
      sources: null,
      error: null,
    });
    this.clock = new Store<Clock>({ position, duration, bufferedTo: 0 });
    const events = {
      onChange: (deck: Deck) => deck === this.deck && this.follow(),
      onEnded: (deck: Deck) => deck === this.deck && this.ended(),
      onFailed: (deck: Deck) => this.failed(deck),
      onEngineNews: (deck: Deck, news: EngineNews) => deck === this.deck && this.hear(news),
    };
    this.decks = [new Deck(events), new Deck(events)];
    addEventListener('pagehide', () => this.leave());
  }

  playTracks(tracks: readonly Track[], at = 0): void {
    const { queue } = this.state.get();
    this.state.set({ queue: queues.start(queue, queues.entriesOf(tracks, randomId), at, Math.random) });
    this.open(0, true);
  }

  addTracks(tracks: readonly Track[], where: 'next' | 'end'): void {
    const before = this.state.get().queue;
    this.state.set({ queue: queues.add(before, queues.entriesOf(tracks, randomId), where) });
    if (before.index < 0) this.open(0, false);
  }

  toggle(): void {
    if (this.isWanted) this.pause();
    else this.play();
  }

  play(): void {
    this.mixer.wake();
    const entry = queues.current(this.state.get().queue);
    if (!entry) return;
    if (this.deck.key !== entry.key || this.state.get().status === 'failed') return this.open(this.clock.get().position, true);
    void this.sound();
  }

  pause(): void {
    this.wanted = false;
    this.deck.audio.pause();
    this.follow();
    this.rememberNow();
  }

  seek(seconds: number): void {
    const { duration } = this.clock.get();
    const position = Math.max(0, Math.min(seconds, Math.max(0, duration - 0.25)));
    this.clock.set({ position });
    if (this.deck.key) this.deck.audio.currentTime = position;
  }

  next(): void {
    this.go(queues.nextIndex(this.state.get().queue, false));
  }

  previous(): void {
    if (this.clock.get().position > RESTART_SECONDS) return this.seek(0);
    this.go(queues.previousIndex(this.state.get().queue));
  }

  /** Plays the entry at this place of the queue. */
  jump(index: number): void {
    this.go(index);
  }

  removeEntry(key: string): void {
    const wasCurrent = queues.current(this.state.get().queue)?.key === key;
    this.state.set({ queue: queues.remove(this.state.get().queue, key) });
    if (wasCurrent) this.open(0, this.isWanted);
    else this.unprepare();
  }

  moveEntry(key: string, to: number): void {
    this.state.set({ queue: queues.move(this.state.get().queue, key, to) });
    this.unprepare();
  }

  clearQueue(): void {
    this.state.set({ queue: { ...this.state.get().queue, entries: [], index: -1, unshuffled: null } });
    this.open(0, false);
  }

  setRepeat(repeat: Repeat): void {
    this.state.set({ queue: { ...this.state.get().queue, repeat } });
    this.unprepare();
  }

  setShuffle(on: boolean): void {
    const { queue } = this.state.get();
    this.state.set({ queue: on ? queues.shuffle(queue, Math.random) : queues.unshuffle(queue) });
    this.unprepare();
  }

  setVolume(volume: number): void {
    this.state.set({ volume: Math.max(0, Math.min(1, volume)), muted: false });
    this.mix();
  }

  setMuted(muted: boolean): void {
    this.state.set({ muted });
    this.mix();
  }

  setNormalisation(normalisation: Normalisation): void {
    this.state.set({ normalisation });
    this.mix();
  }

  setQuality(quality: string): void {
    this.state.set({ quality });
    for (const deck of this.decks) deck.setQuality(quality);
    this.rememberNow();
  }

  /** Whether it plays or would, did the line let it. */
  get isWanted(): boolean {
    return this.wanted;
  }

  private wanted = false;

  private get deck(): Deck {
    return this.decks[0];
  }

  private get spare(): Deck {
    return this.decks[1];
  }

  private swap(): void {
    this.decks.reverse();
  }

  private go(index: number): void {
    if (index < 0) return this.over();
    this.state.set({ queue: { ...this.state.get().queue, index } });
    this.open(0, true);
  }

  /** The queue has been played: its first song lies ready. */
  private over(): void {
    this.wanted = false;
    this.report?.end();
    const { queue } = this.state.get();
    this.state.set({ queue: { ...queue, index: queue.entries.length ? 0 : -1 } });
    this.open(0, false);
  }

  /** Puts the current entry on, from the spare deck if it lies there already. */
  private open(at: number, play: boolean): void {
    const wish = ++this.wish;
    const entry = queues.current(this.state.get().queue);
    this.report?.end();
    this.stopWaitingForHls();
    this.wanted = play && entry !== undefined;
    if (play) this.mixer.wake();
    if (!entry) {
      for (const deck of this.decks) deck.unload();
      this.clock.set({ position: 0, duration: 0, bufferedTo: 0 });
      this.state.set({ status: 'idle', sounding: null, sources: null, error: null });
      return this.rememberNow();
    }
    this.report = new PlayReport(entry.track.id);
    this.clock.set({ position: at, duration: entry.track.durationSeconds, bufferedTo: 0 });
    this.state.set({ status: play ? 'loading' : 'paused', error: null, sounding: null });
    this.rememberNow();
    if (this.spare.key === entry.key && at === 0) {
      this.swap();
      this.spare.unload();
      this.state.set({ sources: this.deck.sources ?? null });
      this.begin();
    } else if (play) {
      for (const deck of this.decks) deck.unload();
      void this.load(wish, entry.key, entry.track.id, at);
    } else {
      // Nothing is fetched for a song nobody has asked to hear.
      for (const deck of this.decks) deck.unload();
    }
  }

  private async load(wish: number, key: string, songId: string, at: number): Promise<void> {
    try {
      const sources = await sourcesOf(songId);
      if (wish !== this.wish) return;
      this.state.set({ sources });
      await this.deck.load(key, sources, at, this.state.get().quality);
      if (wish === this.wish) this.begin();
    } catch (error) {
      if (wish === this.wish) this.state.set({ status: 'failed', error: messageOf(error) });
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
      // NotAllowedError: the browser wants a click first. AbortError: another song was asked for meanwhile.
      if ((error as Error).name === 'NotAllowedError') this.pause();
    }
  }

  /** Takes over what the element says of itself. */
  private follow(): void {
    const { audio, key } = this.deck;
    if (!key || this.state.get().status === 'failed') return;
    const position = audio.currentTime;
    this.clock.set({
      position,
      duration: Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : this.clock.get().duration,
      bufferedTo: position + this.deck.bufferedAhead,
    });
    const moving = !audio.paused && audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
    const status: Status = moving ? 'playing' : this.wanted ? 'loading' : 'paused';
    const sounding = this.deck.playsOriginal ? 'original' : this.state.get().sounding;
    if (status !== this.state.get().status || sounding !== this.state.get().sounding) this.state.set({ status, sounding });
    if (moving) this.report?.at(position);
    if (Date.now() - this.rememberedAt > REMEMBER_MS) this.rememberNow();
    this.prepareNext();
  }

  private hear(news: EngineNews): void {
    if (news.type === 'level') this.state.set({ sounding: news.name });
    if (news.type === 'bandwidth') this.state.set({ bandwidthKbps: Math.round(news.kbps) });
  }

  private ended(): void {
    this.report?.end();
    const { queue } = this.state.get();
    const next = queues.nextIndex(queue, true);
    if (next === queue.index) {
      this.report = new PlayReport(queue.entries[next]!.track.id);
      this.deck.audio.currentTime = 0;
      return void this.sound();
    }
    this.go(next);
  }

  /** Adaptive playback gave up: the original may still play. After that, the listener is told. */
  private failed(deck: Deck): void {
    if (deck !== this.deck) return deck.unload();
    const { sources } = deck;
    if (sources && !deck.playsOriginal) {
      deck.loadOriginal(sources.fallbackUrl, this.clock.get().position);
      if (this.wanted) void this.sound();
      return;
    }
    this.wanted = false;
    this.state.set({ status: 'failed', error: 'This song cannot be played at the moment. Check your connection and try again.' });
  }

  private prepareNext(): void {
    const { queue, quality } = this.state.get();
    const { position, duration } = this.clock.get();
    const entry = queue.entries[queues.nextIndex(queue, true)];
    if (!this.wanted || !entry || duration - position > PREPARE_SECONDS) return;
    if (this.spare.key === entry.key || this.deck.key === entry.key || this.preparing === entry.key) return;
    this.preparing = entry.key;
    const wish = this.wish;
    void sourcesOf(entry.track.id)
      .then((sources) => (wish === this.wish ? this.spare.load(entry.key, sources, 0, quality) : undefined))
      // Then it is fetched when its turn comes.
      .catch(() => this.spare.unload())
      .finally(() => (this.preparing = undefined));
  }

  private preparing: string | undefined;

  /** Another song comes next than the one that was made ready. */
  private unprepare(): void {
    if (this.spare.key) this.spare.unload();
    this.rememberNow();
  }

  /** Plays the original meanwhile, and moves over without a stop once the song is published. */
  private waitForHls(): void {
    const { key, sources } = this.deck;
    if (!key || !sources || sources.hlsAvailable) return;
    const wish = this.wish;
    this.stopWaitingForHls = listen(PUBLISHED, { songId: sources.songId }, ({ songProcessing }) => {
      if (!songProcessing.publishedGeneration || wish !== this.wish) return;
      this.stopWaitingForHls();
      void this.moveToHls(wish, key, sources.songId).catch(() => undefined);
    });
  }

  private async moveToHls(wish: number, key: string, songId: string): Promise<void> {
    const sources = await sourcesOf(songId);
    if (wish !== this.wish || !sources.hlsAvailable) return;
    await this.spare.load(key, sources, this.deck.audio.currentTime + 1, this.state.get().quality);
    const { audio } = this.spare;
    if (audio.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) {
      await new Promise((resolve) => audio.addEventListener('canplay', resolve, { once: true }));
    }
    if (wish !== this.wish || this.spare.key !== key) return;
    audio.currentTime = this.deck.audio.currentTime;
    this.swap();
    this.state.set({ sources });
    this.begin();
    this.spare.unload();
  }

  private mix(): void {
    const { volume, muted, normalisation } = this.state.get();
    for (const deck of this.decks) {
      const { sources } = deck;
      const gain = sources ? gainFactor(normalisation, sources.loudness, sources.albumLoudness) : 1;
      this.mixer.set(deck.audio, muted ? 0 : volume, gain, deck.mixable);
    }
  }

  private leave(): void {
    this.report?.end();
    this.rememberNow();
  }

  private rememberNow(): void {
    this.rememberedAt = Date.now();
    const { queue, volume, normalisation, quality } = this.state.get();
    remember({ queue, position: this.clock.get().position, volume, normalisation, quality });
  }
}
