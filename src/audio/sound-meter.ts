/** Number of equal parts of a song whose loudest samples are measured. */
export const PEAK_POINTS = 800;

/** Below this a song counts as silent, dB below full scale. */
export const SILENCE_DBFS = -60;

/** Interleaved 16 bit, two channels. */
const FRAME_BYTES = 4;
const FULL_SCALE = 32_768;
const SILENT = FULL_SCALE * 10 ** (SILENCE_DBFS / 20);
/** Blocks per point: the borders of a point are exact to one block. */
const BLOCKS_PER_POINT = 64;

/** Measurements of a song's samples. */
export interface MeterReading {
  /** Samples of each channel. */
  readonly samples: number;
  /** Loudest sample of either channel, 0 to 1. */
  readonly samplePeak: number;
  /** PEAK_POINTS values, 0 to 1. */
  readonly peaks: readonly number[];
  /** Samples before the first that is not silent; all of them in a silent song. */
  readonly leading: number;
  /** Samples after the last that is not silent; none in a silent song. */
  readonly trailing: number;
}

/** Reads every sample of a song once; its memory does not grow with the song's length. */
export class SoundMeter {
  private readonly blockSize: number;
  private readonly blocks: number[] = [];
  private carried: Buffer = Buffer.alloc(0);
  private samples = 0;
  private inBlock = 0;
  private loudest = 0;
  private firstLoud = -1;
  private lastLoud = -1;

  /** @param expectedSamples determines the block size; need not be exact */
  constructor(expectedSamples: number) {
    this.blockSize = Math.max(1, Math.floor(expectedSamples / PEAK_POINTS / BLOCKS_PER_POINT));
  }

  /** Adds s16le stereo samples; a chunk may end inside a sample. */
  add(bytes: Buffer): void {
    const all = this.carried.length === 0 ? bytes : Buffer.concat([this.carried, bytes]);
    const whole = all.length - (all.length % FRAME_BYTES);
    this.carried = all.subarray(whole);
    const values = asSamples(all, whole);
    for (let at = 0; at < values.length; at += 2) {
      const left = Math.abs(values[at]!);
      const right = Math.abs(values[at + 1]!);
      const loud = left > right ? left : right;
      if (loud > this.loudest) this.loudest = loud;
      if (loud > SILENT) {
        if (this.firstLoud < 0) this.firstLoud = this.samples;
        this.lastLoud = this.samples;
      }
      this.samples += 1;
      if (++this.inBlock === this.blockSize) this.closeBlock();
    }
  }

  read(): MeterReading {
    if (this.inBlock > 0) this.closeBlock();
    const { samples, blocks, firstLoud, lastLoud } = this;
    const silent = firstLoud < 0;
    return {
      samples,
      samplePeak: blocks.reduce((max, value) => Math.max(max, value), 0) / FULL_SCALE,
      peaks: Array.from({ length: PEAK_POINTS }, (_, point) => loudestOf(blocks, point) / FULL_SCALE),
      leading: silent ? samples : firstLoud,
      trailing: silent ? 0 : samples - 1 - lastLoud,
    };
  }

  private closeBlock(): void {
    this.blocks.push(this.loudest);
    this.loudest = 0;
    this.inBlock = 0;
  }
}

/** In a song with fewer samples than points, several points share a sample. */
function loudestOf(blocks: readonly number[], point: number): number {
  const start = Math.floor((point * blocks.length) / PEAK_POINTS);
  const end = Math.max(start + 1, Math.floor(((point + 1) * blocks.length) / PEAK_POINTS));
  let loudest = 0;
  for (let at = start; at < end; at++) loudest = Math.max(loudest, blocks[at] ?? 0);
  return loudest;
}

/** The bytes as samples, copied only if they are not aligned. */
function asSamples(bytes: Buffer, length: number): Int16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
  return new Int16Array(aligned.buffer, aligned.byteOffset, length / 2);
}
