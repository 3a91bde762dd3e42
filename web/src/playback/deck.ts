import { Addresses } from './addresses.js';
import type { AwaitedFile } from './diagnosis.js';
import { HlsEngine, type EngineEvent } from './hls-engine.js';
import type { Clock } from './player-state.js';
import { freshSourcesOf, type Sources } from './sources.js';

export interface DeckEvents {
  /** The audio element has changed: playing, paused, buffering, position. */
  onChange: (deck: Deck) => void;
  onEnded: (deck: Deck) => void;
  /** Playback has failed and will not recover by itself. */
  onFailed: (deck: Deck) => void;
  onEngineEvent: (deck: Deck, event: EngineEvent) => void;
  /** More data has arrived. */
  onProgress: (deck: Deck) => void;
}

const WATCHED = ['playing', 'pause', 'waiting', 'timeupdate', 'durationchange', 'progress', 'seeked', 'canplay'] as const;

/** Plays one track on one audio element. The player has two decks, so that the next song is ready in time. */
export class Deck {
  readonly audio = new Audio();
  private engine: HlsEngine | undefined;
  private addresses: Addresses | undefined;
  private fallbackUrl: string | undefined;
  /** Key of the loaded queue entry; events of an earlier one are ignored. */
  key: string | undefined;
  sources: Sources | undefined;

  constructor(private readonly events: DeckEvents) {
    this.audio.crossOrigin = 'anonymous';
    this.audio.preload = 'auto';
    for (const type of WATCHED) this.audio.addEventListener(type, () => this.key && events.onChange(this));
    this.audio.addEventListener('progress', () => this.key && this.isOnItsOwn && events.onProgress(this));
    this.audio.addEventListener('ended', () => this.key && events.onEnded(this));
    this.audio.addEventListener('error', () => void this.broken());
  }

  /** Whether Web Audio can process the sound; it cannot if the browser's own HLS player plays. */
  get mixable(): boolean {
    return this.engine === undefined || this.engine.kind !== 'native';
  }

  /** The file that the track is waiting for. */
  get awaited(): AwaitedFile {
    const url = this.fallbackUrl && (this.addresses?.of(this.fallbackUrl) ?? this.fallbackUrl);
    if (url) return { url, wasDamaged: this.audio.error !== null };
    return { url: this.engine?.awaitedUrl, wasDamaged: this.engine?.wasDamaged ?? false };
  }

  /** Whether the audio element fetches by itself, without hls.js. */
  private get isOnItsOwn(): boolean {
    return this.engine === undefined || this.engine.kind === 'native';
  }

  /** Loads a track at `at` seconds. It does not play before play(). */
  async load(key: string, sources: Sources, at: number, quality: string): Promise<void> {
    this.unload();
    this.key = key;
    this.sources = sources;
    const addresses = new Addresses(sources, () => freshSourcesOf(sources.songId));
    this.addresses = addresses;
    if (!sources.masterPlaylist) return this.loadOriginal(sources.fallbackUrl, at);
    const engine = new HlsEngine(this.audio, addresses, (event) => {
      if (this.engine !== engine) return;
      if (event.type === 'failed') this.events.onFailed(this);
      else if (event.type === 'progress') this.events.onProgress(this);
      else this.events.onEngineEvent(this, event);
    });
    this.engine = engine;
    engine.quality = quality;
    await engine.load(sources.masterPlaylist, at);
  }

  /** Loads the uploaded file, as the fallback when adaptive playback is not available. */
  loadOriginal(url: string, at: number): void {
    this.engine?.destroy();
    this.engine = undefined;
    this.fallbackUrl = url;
    this.audio.src = this.addresses?.of(url) ?? url;
    if (at > 0) this.audio.currentTime = at;
  }

  setQuality(quality: string): void {
    if (this.engine) this.engine.quality = quality;
  }

  unload(): void {
    this.key = undefined;
    this.sources = undefined;
    this.fallbackUrl = undefined;
    this.addresses?.end();
    this.addresses = undefined;
    this.engine?.destroy();
    this.engine = undefined;
    this.audio.pause();
    this.audio.removeAttribute('src');
    this.audio.load();
  }

  /**
   * The audio element has failed. Without hls.js (original, or the browser's own HLS) it uses one URL to the end and
   * does not say why it was refused, so a new ticket is tried once before the failure is reported.
   */
  private async broken(): Promise<void> {
    const { addresses, audio, key, sources } = this;
    if (!key || !addresses || !sources || !this.isOnItsOwn) return;
    const url = this.fallbackUrl ?? sources.masterPlaylist;
    if (!url || sources.expiresAt === null || !addresses.mayHaveExpired) return this.events.onFailed(this);
    const { currentTime, paused } = audio;
    await addresses.renew();
    if (key !== this.key || addresses !== this.addresses) return;
    audio.src = addresses.of(url);
    audio.currentTime = currentTime;
    if (!paused) void audio.play().catch(() => undefined);
  }

  /** Resolves when playback could start at once. */
  async playable(): Promise<void> {
    if (this.audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) return;
    await new Promise((resolve) => this.audio.addEventListener('canplay', resolve, { once: true }));
  }

  /** Position, duration and buffered range. `known` is the duration in seconds until the element knows it itself. */
  clock(known: number): Clock {
    const { currentTime: position, duration } = this.audio;
    const isKnown = Number.isFinite(duration) && duration > 0;
    return { position, duration: isKnown ? duration : known, bufferedTo: position + this.bufferedAhead };
  }

  /** Seconds of sound that are buffered ahead of the position. */
  private get bufferedAhead(): number {
    const { buffered, currentTime } = this.audio;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime + 0.1 && buffered.end(i) > currentTime) return buffered.end(i) - currentTime;
    }
    return 0;
  }
}
