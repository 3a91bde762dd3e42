import { CEILING_DBTP, REFERENCE_LUFS, type Loudness } from './sound-facts.schema.js';

/** Converts a measurement into the values a player needs. `truePeak` is an amplitude, 1 = full scale. */
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

/** The level of an amplitude, dB; null for 0, whose level is minus infinity. */
export function decibels(amplitude: number): number | null {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : null;
}

/** Rounds to hundredths, which is finer than any meter and the precision of ReplayGain. */
export function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
