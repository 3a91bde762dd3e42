import type Hls from 'hls.js';
import type { HlsConfig } from 'hls.js';
import { ceilingFor } from './quality-ceiling.js';

type AbrController = HlsConfig['abrController'];

/** "…/128k/playlist.m3u8" -> "128k": every rendition is in a folder of its name. */
export const qualityOf = (levelUrl: string): string | undefined => /\/(\d+k)\/[^/]*$/.exec(levelUrl)?.[1];

/** The choice of hls.js, limited by the product's table for the measured bandwidth. */
export const ceilingAbrController = (Base: AbrController): AbrController =>
  class extends Base {
    private readonly player: Hls;

    constructor(hls: Hls) {
      super(hls);
      this.player = hls;
    }

    override get nextAutoLevel(): number {
      return Math.min(super.nextAutoLevel, this.ceiling);
    }

    override set nextAutoLevel(level: number) {
      super.nextAutoLevel = level;
    }

    private get ceiling(): number {
      const { levels, bandwidthEstimate } = this.player;
      const allowed = ceilingFor(bandwidthEstimate / 1_000);
      const at = levels.findIndex(({ url }) => qualityOf(url[0] ?? '') === allowed);
      return at < 0 ? levels.length - 1 : at;
    }
  };
