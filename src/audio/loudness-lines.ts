/** Loudness of a song by EBU R 128. */
export interface LoudnessReading {
  /** LUFS; null if nothing passes the gate: silence, or less than one block of 0.4 s. */
  readonly integratedLufs: number | null;
  /** LU; null if `integratedLufs` is null. */
  readonly rangeLu: number | null;
  /** Largest amplitude, also between samples; 1 is full scale, which it may exceed. */
  readonly truePeak: number;
}

/** BS.1770's absolute gate, which is also the end of ffmpeg's scale. */
const GATE_LUFS = -70;
/** Length of BS.1770's blocks, seconds; ffmpeg counts the first ones before they are full. */
const BLOCK_SECONDS = 0.4;
const VALUE = /^lavfi\.r128\.(I|LRA|true_peaks_ch\d)=(-?[\d.]+)$/;
/** The first line of each measurement; there is one every tenth of a second. */
const MOMENT = /^frame:(\d+) /;

/**
 * Measures loudness and writes results as lines to standard error, ten times a second; the last ones count. The file's
 * own metadata is removed first, because it could imitate these lines. ("verbose" only keeps the meter out of the log.)
 */
export const LOUDNESS_FILTER = [
  'ametadata=mode=delete',
  'ebur128=peak=true:metadata=1:framelog=verbose',
  // Unbuffered, because other lines are written to the same stream and must not be mixed with these.
  'ametadata=mode=print:file=pipe\\\\:2:direct=1',
].join(',');

interface Part {
  readonly values: Map<string, number>;
  moments: number;
}

/**
 * Parses the output of LOUDNESS_FILTER. It has decimal points, because the confinement sets no locale. If a file
 * changes its sample rate, ffmpeg's meter starts again; the parts are then combined here.
 */
export class LoudnessLines {
  private readonly parts: Part[] = [];

  take(line: string): void {
    const text = line.trim();
    const moment = MOMENT.exec(text)?.[1];
    if (moment === '0') this.parts.push({ values: new Map(), moments: 0 });
    const part = this.parts.at(-1);
    if (!part) return;
    if (moment !== undefined) part.moments += 1;
    const [, key, value] = VALUE.exec(text) ?? [];
    if (key !== undefined) part.values.set(key, Number(value));
  }

  /** @param samplePeak a lower bound of the true peak, which ffmpeg rounds to three decimals */
  read(seconds: number, samplePeak: number): LoudnessReading {
    const heard = this.parts.flatMap(({ values, moments }) => {
      const lufs = values.get('I') ?? GATE_LUFS;
      return lufs > GATE_LUFS ? [{ lufs, seconds: moments, range: values.get('LRA') ?? 0 }] : [];
    });
    const peaks = this.parts.flatMap(({ values }) =>
      [...values].filter(([key]) => key.startsWith('true_peaks')).map(([, value]) => value),
    );
    const long = seconds >= BLOCK_SECONDS && heard.length > 0;
    return {
      integratedLufs: long ? meanLufs(heard) : null,
      rangeLu: long ? Math.max(...heard.map(({ range }) => range)) : null,
      truePeak: peaks.reduce((max, peak) => Math.max(max, peak), samplePeak),
    };
  }
}

/** Loudness of several pieces together: the mean of their energies, weighted by duration; null without pieces. */
export function meanLufs(pieces: readonly { lufs: number; seconds: number }[]): number | null {
  if (pieces.length === 0) return null;
  const energy = pieces.reduce((sum, { lufs, seconds }) => sum + seconds * 10 ** (lufs / 10), 0);
  return 10 * Math.log10(energy / pieces.reduce((sum, { seconds }) => sum + seconds, 0));
}
