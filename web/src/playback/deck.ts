import { Addresses } from './addresses.js';
import type { AwaitedFile } from './diagnosis.js';
import { HlsEngine, type EngineNews } from './hls-engine.js';
import type { Clock } from './player-state.js';
import { freshSourcesOf, type Sources } from './sources.js';

export interface DeckEvents {
  /** Something about the sound changed: playing, paused, buffering, moved on. */
  onChange: (deck: Deck) => void;
  onEnded: (deck: Deck) => void;
  /** It will not go on by itself. */
  onFailed: (deck: Deck) => void;
  onEngineNews: (deck: Deck, news: EngineNews) => void;
  /** More of it has arrived. */
  onProgress: (deck: Deck) => void;
}

const WATCHED = ['playing', 'pause', 'waiting', 'timeupdate', 'durationchange', 'progress', 'seeked', 'canplay'] as const;

/** One record on one turntable. The player has two, so that the next song is ready before this one ends. */
export class Deck {
  readonly audio = new Audio();
  private engine: HlsEngine | undefined;
  private addresses: Addresses | undefined;
  private fallbackUrl: string | undefined;
  /** Says which record lies on it; what an earlier one still reports is not heard. */
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

  /** True while the original plays because there is no adaptive version yet. */
  get playsOriginal(): boolean {
    return this.key !== undefined && this.fallbackUrl !== undefined;
  }

  /** Whether Web Audio may touch the sound: not what the browser's own HLS player makes. */
  get mixable(): boolean {
    return this.engine === undefined || this.engine.kind !== 'native';
  }

  /** What keeps it from sounding. */
  get awaited(): AwaitedFile {
    const url = this.fallbackUrl && (this.addresses?.of(this.fallbackUrl) ?? this.fallbackUrl);
    if (url) return { url, wasDamaged: this.audio.error !== null };
    return { url: this.engine?.awaitedUrl, wasDamaged: this.engine?.wasDamaged ?? false };
  }

  /** Whether the element fetches by itself. */
  private get isOnItsOwn(): boolean {
    return this.engine === undefined || this.engine.kind === 'native';
  }

  /** Puts a record on, `at` seconds in. It does not play before play(). */
  async load(key: string, sources: Sources, at: number, quality: string): Promise<void> {
    this.unload();
    this.key = key;
    this.sources = sources;
    const addresses = new Addresses(sources, () => freshSourcesOf(sources.songId));
    this.addresses = addresses;
    if (!sources.masterPlaylist) return this.loadOriginal(sources.fallbackUrl, at);
    const engine = new HlsEngine(this.audio, addresses, (news) => {
      if (this.engine !== engine) return;
      if (news.type === 'failed') this.events.onFailed(this);
      else if (news.type === 'progress') this.events.onProgress(this);
      else this.events.onEngineNews(this, news);
    });
    this.engine = engine;
    engine.quality = quality;
    await engine.load(sources.masterPlaylist, at);
  }

  /** The file as it was uploaded: the way out when adaptive playback cannot be had. */
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
   * The element itself gave up. What it plays without hls.js, the original or the browser's own HLS, it asks for under
   * one URL to the end; an element does not say why it was refused, so a new ticket is tried once before that is believed.
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

  /** Resolves when it could sound at once. */
  async playable(): Promise<void> {
    if (this.audio.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) return;
    await new Promise((resolve) => this.audio.addEventListener('canplay', resolve, { once: true }));
  }

  /** Where it is. `known`: how long it is, seconds, until the element has found out itself. */
  clock(known: number): Clock {
    const { currentTime: position, duration } = this.audio;
    const isKnown = Number.isFinite(duration) && duration > 0;
    return { position, duration: isKnown ? duration : known, bufferedTo: position + this.bufferedAhead };
  }

  /** Seconds of sound ahead of the needle. */
  private get bufferedAhead(): number {
    const { buffered, currentTime } = this.audio;
    for (let i = 0; i < buffered.length; i++) {
      if (buffered.start(i) <= currentTime + 0.1 && buffered.end(i) > currentTime) return buffered.end(i) - currentTime;
    }
    return 0;
  }
}
