import { meanLufs } from '../../audio/loudness-lines.js';
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

/** The measurements of one track of an album. */
export interface AlbumTrack {
  /** Loudness.integratedLufs; null in silence. */
  readonly integratedLufs: number | null;
  readonly durationSeconds: number;
  /** Loudness.trackPeak: an amplitude, 1 = full scale. */
  readonly truePeak: number;
}

export interface AlbumGain {
  /** Loudness of the album as one piece, LUFS; null where no track is loud enough to have one. */
  readonly integratedLufs: number | null;
  /** Brings the album to REFERENCE_LUFS and keeps the differences between its tracks, dB; not limited by the peak. */
  readonly gainDb: number | null;
  /** The loudest track's true peak, an amplitude. */
  readonly peak: number;
  /** The largest gain that keeps every track at or below CEILING_DBTP, dB; null in digital silence. */
  readonly headroomDb: number | null;
}

/** BS.1770's relative gate. */
const GATE_LU = -10;

/**
 * Calculates the gain of an album from the measurements of its tracks, without decoding them again:
 *
 *     L(T) = 10 log10( sum over T of d * 10^(l / 10)  /  sum over T of d )
 *
 * the mean of the tracks' energies, weighted by duration d, of their loudness l. It is taken twice, as BS.1770 does
 * with blocks: over all audible tracks, then over those not more than 10 LU below that, so that an interlude in near
 * silence does not make the album louder. Differs from a measurement of the album as one file by the blocks that only
 * one of the two gates leaves out, usually by less than half a dB.
 */
export function albumGain(tracks: readonly AlbumTrack[]): AlbumGain {
  const audible = tracks.flatMap(({ integratedLufs, durationSeconds }) =>
    integratedLufs === null || !(durationSeconds > 0)
      ? []
      : [{ lufs: integratedLufs, seconds: durationSeconds }],
  );
  const gate = (meanLufs(audible) ?? 0) + GATE_LU;
  const integratedLufs = meanLufs(audible.filter(({ lufs }) => lufs >= gate));
  const peak = tracks.reduce((max, { truePeak }) => Math.max(max, truePeak), 0);
  const peakDbtp = decibels(peak);
  return {
    integratedLufs: rounded(integratedLufs),
    gainDb: rounded(integratedLufs === null ? null : REFERENCE_LUFS - integratedLufs),
    peak,
    headroomDb: rounded(peakDbtp === null ? null : CEILING_DBTP - peakDbtp),
  };
}

/** The level of an amplitude, dB; null for 0, whose level is minus infinity. */
function decibels(amplitude: number): number | null {
  return amplitude > 0 ? 20 * Math.log10(amplitude) : null;
}

/** Rounds to hundredths, which is finer than any meter and the precision of ReplayGain. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
