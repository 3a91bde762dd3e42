import { CEILING_DBTP, REFERENCE_LUFS, type Loudness } from './sound-facts.js';

/** What a measurement says in a player's terms. `truePeak` is an amplitude, 1 = full scale. */
export function loudnessOf(measured: {
  readonly integratedLufs: number | null;
  readonly rangeLu: number | null;
  readonly truePeak: number;
}): Loudness {
  const { integratedLufs, rangeLu, truePeak } = measured;
  const truePeakDbtp = decibels(truePeak);
  return {
    integratedLufs: rounded(integratedLufs),
    rangeLu: rounded(rangeLu),
    truePeakDbtp: rounded(truePeakDbtp),
    trackGainDb: rounded(integratedLufs === null ? null : REFERENCE_LUFS - integratedLufs),
    trackPeak: Math.round(truePeak * 1e6) / 1e6,
    headroomDb: rounded(truePeakDbtp === null ? null : CEILING_DBTP - truePeakDbtp),
  };
}

/** Of an amplitude; null for 0, whose level is minus infinity. */
export function decibels(amplitude: number): number | null {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : null;
}

/** Hundredths: finer than any meter, and as ReplayGain writes them. */
export function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
