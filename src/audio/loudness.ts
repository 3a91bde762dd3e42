/** What EBU R 128 says of a song. */
export interface LoudnessReading {
  /** LUFS; null where nothing passes the gate: silence, or less than one block of 0.4 s. */
  readonly integratedLufs: number | null;
  /** LU; null where `integratedLufs` is. */
  readonly rangeLu: number | null;
  /** Amplitude between the samples as well, 1 = full scale; may exceed it. */
  readonly truePeak: number;
}

/** BS.1770's absolute gate, where ffmpeg's scale ends, too. */
const GATE_LUFS = -70;
/** BS.1770 weighs blocks of this length; ffmpeg counts the first ones before they are full. */
const BLOCK_SECONDS = 0.4;
const VALUE = /^lavfi\.r128\.(I|LRA|true_peaks_ch\d)=(-?[\d.]+)$/;
/** Announces what was measured up to one moment, a tenth of a second after the one before. */
const MOMENT = /^frame:(\d+) /;

/**
 * Measures, and writes its findings as lines to standard error, ten times a second; the last ones count. A file's own
 * metadata is thrown away before, or it could pose as ours. ("verbose" only keeps the meter out of ffmpeg's log.)
 */
export const LOUDNESS_FILTER = [
  'ametadata=mode=delete',
  'ebur128=peak=true:metadata=1:framelog=verbose',
  // Unbuffered: other lines go the same way, and none may be torn.
  'ametadata=mode=print:file=pipe\\\\:2:direct=1',
].join(',');

interface Part {
  readonly values: Map<string, number>;
  moments: number;
}

/**
 * Reads what LOUDNESS_FILTER writes. Decimal points whatever the language: the confinement sets none. Where a file
 * changes its sample rate ffmpeg's meter starts anew; then there are several parts, to be put together here.
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

  /** @param samplePeak what the true peak, told with three decimals, is never below */
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

/** Loudness of several pieces as one: the mean of their energies, weighted by duration. Null of none. */
export function meanLufs(pieces: readonly { lufs: number; seconds: number }[]): number | null {
  if (pieces.length === 0) return null;
  const energy = pieces.reduce((sum, { lufs, seconds }) => sum + seconds * 10 ** (lufs / 10), 0);
  return 10 * Math.log10(energy / pieces.reduce((sum, { seconds }) => sum + seconds, 0));
}
