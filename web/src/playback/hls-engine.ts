import type Hls from 'hls.js';
import type { ErrorData } from 'hls.js';
import type { Addresses } from './addresses.js';
import { ceilingAbrController, qualityOf } from './ceiling-abr-controller.js';
import { addressed, HLS_SETTINGS } from './hls-settings.js';

export type EngineNews =
  /** What sounds from now on. */
  | { type: 'level'; name: string; kbps: number }
  /** What the line gives, as of lately. */
  | { type: 'bandwidth'; kbps: number }
  /** More of a file has arrived than ever before. */
  | { type: 'progress' }
  /** It cannot go on by itself. */
  | { type: 'failed' };

/** The wanted quality's place; its best when a song has nothing as good, because its ladder ended lower. Levels come lowest first. */
export function levelFor(names: readonly (string | undefined)[], quality: string): number {
  const at = names.indexOf(quality);
  return at < 0 ? names.length - 1 : at;
}

const NATIVE = 'application/vnd.apple.mpegurl';
/** Pauses before a line that broke is tried again, milliseconds; after the last it is given up. */
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** A decoder that failed is repaired once in this time, milliseconds; failing again, it is built anew. */
const REPAIR_MS = 5_000;
/** Failing again at the same second after this many repairs, it is the file. */
const REPAIRS = 3;
/** Refusals that may pass: an expired ticket, a time-out, too many questions. Every other 4xx is answered the same again. */
const PASSING_4XX = [403, 408, 425, 429];

let library: Promise<typeof Hls> | undefined;

/** hls.js is most of what the player weighs: fetched when it is first needed, or ahead of that in a quiet moment. */
export const loadHls = (): Promise<typeof Hls> => (library ??= import('hls.js/light').then(
    ({ default: it }) => it,
    (error) => {
      library = undefined;
      throw error;
    },
  ));

/** Plays one HLS package on one audio element, whatever its line does. Knows no page. */
export class HlsEngine {
  /** Who decodes: hls.js, or a browser without Media Source that knows HLS itself. */
  kind: 'hls.js' | 'native' = 'hls.js';
  private hls: Hls | undefined;
  private wanted = 'auto';
  private retries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private repairedAt = -Infinity;
  private repairs = { at: -1, count: 0 };
  private destroyed = false;
  /** The file that failed last or, before any did, was asked for last. */
  awaitedUrl: string | undefined;
  /** Whether what came was no music. */
  wasDamaged = false;

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly addresses: Addresses,
    private readonly onNews: (news: EngineNews) => void,
  ) {}

  /** "auto" or a quality's name; what is buffered is played out, what comes next is of it. */
  get quality(): string {
    return this.wanted;
  }

  set quality(quality: string) {
    this.wanted = quality;
    const { hls } = this;
    if (!hls || hls.levels.length === 0) return;
    hls.nextLevel = quality === 'auto' ? -1 : levelFor(hls.levels.map(({ url }) => qualityOf(url[0] ?? '')), quality);
  }

  /** Loads and buffers; whoever wants to hear it calls play() on the element. `at` seconds from its beginning. */
  async load(masterPlaylist: string, at: number): Promise<void> {
    const Library = await loadHls();
    if (this.destroyed) return;
    if (Library.isSupported()) this.start(Library, masterPlaylist, at);
    else if (this.audio.canPlayType(NATIVE)) this.startNative(masterPlaylist, at);
    else this.onNews({ type: 'failed' });
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
        onProgress: () => this.onNews({ type: 'progress' }),
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
      if (name) this.onNews({ type: 'level', name, kbps: Math.round(level.bitrate / 1_000) });
    });
    hls.on(Events.FRAG_BUFFERED, () => {
      this.retries = 0;
      this.onNews({ type: 'bandwidth', kbps: hls.bandwidthEstimate / 1_000 });
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
    if (error.type !== Library.ErrorTypes.MEDIA_ERROR || !this.mayRepair()) return this.onNews({ type: 'failed' });
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

  /** What is buffered goes on playing meanwhile. */
  private retry(hls: Hls, masterPlaylist: string): void {
    const pause = RETRY_MS[this.retries++];
    if (pause === undefined) return this.onNews({ type: 'failed' });
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => {
      if (hls !== this.hls) return;
      // Without levels not even the master arrived.
      if (hls.levels.length === 0) hls.loadSource(masterPlaylist);
      else hls.startLoad(this.audio.currentTime);
    }, pause);
  }

  /** The browser's own player asks under the ticket it began with: when that has expired, it begins anew where it was. */
  private startNative(masterPlaylist: string, at: number): void {
    this.kind = 'native';
    this.awaitedUrl = masterPlaylist;
    this.audio.src = this.addresses.of(masterPlaylist);
    if (at > 0) this.audio.addEventListener('loadedmetadata', () => (this.audio.currentTime = at), { once: true });
  }
}

/** Whether the same question would be answered the same. */
function isForGood({ details, response }: ErrorData): boolean {
  const status = response?.code ?? 0;
  return /Parsing|Incompatible/.test(details) || (status >= 400 && status < 500 && !PASSING_4XX.includes(status));
}
