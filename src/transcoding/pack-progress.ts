import type { Quality } from '../songs/processing/quality.js';

/** Called with whole percents, 0 to 100, that never decrease: of the song, and of each quality by name. */
export type OnPackProgress = (percent: number, byQuality: Readonly<Record<string, number>>) => void;

/** Adds up the progress of the rungs of one song. */
export class PackProgress {
  private readonly byQuality: Record<string, number>;
  private percent = -1;

  constructor(
    private readonly qualities: readonly Quality[],
    private readonly durationSeconds: number,
    private readonly onProgress: OnPackProgress = () => {},
  ) {
    this.byQuality = Object.fromEntries(qualities.map(({ name }) => [name, 0]));
  }

  /** @param seconds how much of the song is encoded in this quality */
  advance({ name }: Quality, seconds: number): void {
    const own = Math.min(100, Math.floor((100 * seconds) / this.durationSeconds));
    this.byQuality[name] = Math.max(own, this.byQuality[name] ?? 0);
    const sum = Object.values(this.byQuality).reduce((total, percent) => total + percent, 0);
    const percent = Math.floor(sum / this.qualities.length);
    if (percent === this.percent) return;
    this.percent = percent;
    this.onProgress(percent, { ...this.byQuality });
  }
}
