import type Hls from 'hls.js';

export type EngineNews =
  | { type: 'level'; name: string; kbps: number }
  | { type: 'bandwidth'; kbps: number }
  | { type: 'failed' };

/** Plays one HLS package on one audio element. */
export class HlsEngine {
  kind: 'hls.js' | 'native' = 'hls.js';
  quality = 'auto';
  private hls: Hls | undefined;

  constructor(
    private readonly audio: HTMLAudioElement,
    private readonly onNews: (news: EngineNews) => void,
  ) {}

  async load(masterPlaylist: string, at: number): Promise<void> {
    const { default: Hls } = await import('hls.js');
    this.hls = new Hls({ startPosition: at, enableWorker: false });
    this.hls.on(Hls.Events.FRAG_CHANGED, (_, { frag }) => {
      const level = this.hls?.levels[frag.level];
      const name = /\/(\w+)\/playlist\.m3u8/.exec(level?.url[0] ?? '')?.[1];
      if (name && level) this.onNews({ type: 'level', name, kbps: Math.round(level.bitrate / 1000) });
    });
    this.hls.on(Hls.Events.FRAG_LOADED, () => this.onNews({ type: 'bandwidth', kbps: (this.hls?.bandwidthEstimate ?? 0) / 1000 }));
    this.hls.on(Hls.Events.ERROR, (_, { fatal }) => fatal && this.onNews({ type: 'failed' }));
    this.hls.loadSource(masterPlaylist);
    this.hls.attachMedia(this.audio);
  }

  destroy(): void {
    this.hls?.destroy();
  }
}
