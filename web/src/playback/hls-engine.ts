import type Hls from 'hls.js';
import type { ErrorData } from 'hls.js';
import type { Addresses } from './addresses.js';
import { ceilingAbrController, qualityOf } from './ceiling-abr-controller.js';
import { addressed, HLS_SETTINGS } from './hls-settings.js';

export type EngineEvent =
  /** The quality that plays from now on. */
  | { type: 'level'; name: string; kbps: number }
  /** The recently measured bandwidth. */
  | { type: 'bandwidth'; kbps: number }
  /** More of a file has arrived than in any earlier try. */
  | { type: 'progress' }
  /** Playback cannot recover by itself. */
  | { type: 'failed' };

/** The index of the quality, or of the best one if the song's ladder ends below it. Levels are sorted ascending. */
export function levelFor(names: readonly (string | undefined)[], quality: string): number {
  const at = names.indexOf(quality);
  return at < 0 ? names.length - 1 : at;
}

const NATIVE = 'application/vnd.apple.mpegurl';
/** Pauses before retries of a broken connection, milliseconds; after the last one playback fails. */
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** A failed decoder is repaired at most once in this time, milliseconds; if it fails again, it is rebuilt. */
const REPAIR_MS = 5_000;
/** After this many repairs at the same second, the file is considered damaged. */
const REPAIRS = 3;
/** Refusals that may be temporary: expired ticket, timeout, rate limit. A retry cannot change any other 4xx. */
const PASSING_4XX = [403, 408, 425, 429];

let library: Promise<typeof Hls> | undefined;

/** Loads hls.js, the largest part of the player, when it is first needed or earlier in an idle moment. */
export const loadHls = (): Promise<typeof Hls> => (library ??= import('hls.js/light').then(
    ({ default: it }) => it,
    (error) => {
      library = undefined;
      throw error;
    },
  ));

/** Loads the player while the page is idle, unless the connection is metered. */
export function preloadWhenIdle(): void {
  const saves = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData;
  if (saves) return;
  const soon = window.requestIdleCallback ?? ((act: () => void) => setTimeout(act, 1_000));
  addEventListener('load', () => soon(() => void loadHls().catch(() => undefined), { timeout: 3_000 }), { once: true });
}

/** Plays one HLS package on one audio element and recovers from faults of connection and decoder. */
export class HlsEngine {
  /** The HLS implementation: hls.js, or the browser's own if it lacks Media Source Extensions. */
  kind: 'hls.js' | 'native' = 'hls.js';
  private hls: Hls | undefined;
  private wanted = 'auto';
  private retries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private repairedAt = -Infinity;
  private repairs = { at: -1, count: 0 };
  private destroyed = false;
  /** URL of the file that failed last, or was requested last if none has failed. */
  awaitedUrl: string | undefined;
  /** Whether the received data could not be decoded. */
  wasDamaged = false;

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly addresses: Addresses,
    private readonly onEvent: (event: EngineEvent) => void,
  ) {}

  /** "auto" or a quality's name. A change takes effect after the buffered sound. */
  get quality(): string {
    return this.wanted;
  }

  set quality(quality: string) {
    this.wanted = quality;
    const { hls } = this;
    if (!hls || hls.levels.length === 0) return;
    hls.nextLevel = quality === 'auto' ? -1 : levelFor(hls.levels.map(({ url }) => qualityOf(url[0] ?? '')), quality);
  }

  /** Loads and buffers from `at` seconds. To hear it, call play() on the element. */
  async load(masterPlaylist: string, at: number): Promise<void> {
    const Library = await loadHls();
    if (this.destroyed) return;
    if (Library.isSupported()) this.start(Library, masterPlaylist, at);
    else if (this.audio.canPlayType(NATIVE)) this.startNative(masterPlaylist, at);
    else this.onEvent({ type: 'failed' });
  }

  destroy(): void {
    this.destroyed = true;
    clearTimeout(this.retryTimer);
    this.hls?.destroy();
    this.hls = undefined;
  }

  private start(Library: typeof Hls, masterPlaylist: string, at: number): void {
    const { Events } = Library;
    const hls = new Library({
      ...HLS_SETTINGS,
      ...addressed(this.addresses, Library.DefaultConfig, {
        onAsked: (url) => (this.awaitedUrl = url),
        onProgress: () => this.onEvent({ type: 'progress' }),
      }),
      abrController: ceilingAbrController(Library.DefaultConfig.abrController),
      startPosition: at,
    });
    this.hls = hls;
    hls.on(Events.MANIFEST_PARSED, () => {
      if (this.wanted !== 'auto') this.quality = this.wanted;
    });
    hls.on(Events.FRAG_CHANGED, (_event, { frag }) => {
      const level = hls.levels[frag.level];
      const name = level && qualityOf(level.url[0] ?? '');
      if (name) this.onEvent({ type: 'level', name, kbps: Math.round(level.bitrate / 1_000) });
    });
    hls.on(Events.FRAG_BUFFERED, () => {
      this.retries = 0;
      this.onEvent({ type: 'bandwidth', kbps: hls.bandwidthEstimate / 1_000 });
    });
    hls.on(Events.ERROR, (_event, error) => {
      this.note(Library, error);
      if (error.fatal) this.recover(Library, hls, masterPlaylist, error);
    });
    hls.loadSource(masterPlaylist);
    hls.attachMedia(this.audio);
  }

  private note(Library: typeof Hls, { type, details, url, frag, context }: ErrorData): void {
    this.wasDamaged = type === Library.ErrorTypes.MEDIA_ERROR || /Parsing|Incompatible/.test(details);
    this.awaitedUrl = url ?? context?.url ?? frag?.url ?? this.awaitedUrl;
  }

  private recover(Library: typeof Hls, hls: Hls, masterPlaylist: string, error: ErrorData): void {
    if (error.type === Library.ErrorTypes.NETWORK_ERROR && !isForGood(error)) return this.retry(hls, masterPlaylist);
    if (error.type !== Library.ErrorTypes.MEDIA_ERROR || !this.mayRepair()) return this.onEvent({ type: 'failed' });
    if (performance.now() - this.repairedAt > REPAIR_MS) {
      this.repairedAt = performance.now();
      return hls.recoverMediaError();
    }
    const { currentTime, paused } = this.audio;
    hls.destroy();
    this.start(Library, masterPlaylist, currentTime);
    if (!paused) void this.audio.play().catch(() => undefined);
  }

  private mayRepair(): boolean {
    const at = Math.round(this.audio.currentTime);
    this.repairs = { at, count: at === this.repairs.at ? this.repairs.count + 1 : 1 };
    return this.repairs.count <= REPAIRS;
  }

  /** Retries after a pause, while buffered sound keeps playing. */
  private retry(hls: Hls, masterPlaylist: string): void {
    const pause = RETRY_MS[this.retries++];
    if (pause === undefined) return this.onEvent({ type: 'failed' });
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => {
      if (hls !== this.hls) return;
      // Without levels, the master playlist has not arrived.
      if (hls.levels.length === 0) hls.loadSource(masterPlaylist);
      else hls.startLoad(this.audio.currentTime);
    }, pause);
  }

  /** The browser's own player keeps its first ticket; after that has expired, Deck restarts it at the same position. */
  private startNative(masterPlaylist: string, at: number): void {
    this.kind = 'native';
    this.awaitedUrl = masterPlaylist;
    this.audio.src = this.addresses.of(masterPlaylist);
    if (at > 0) this.audio.addEventListener('loadedmetadata', () => (this.audio.currentTime = at), { once: true });
  }
}

/** Whether a retry would get the same answer. */
function isForGood({ details, response }: ErrorData): boolean {
  const status = response?.code ?? 0;
  return /Parsing|Incompatible/.test(details) || (status >= 400 && status < 500 && !PASSING_4XX.includes(status));
}
