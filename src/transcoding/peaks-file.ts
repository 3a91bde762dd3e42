import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PEAK_POINTS } from '../audio/sound-meter.js';
import { PEAKS } from '../songs/media/song-media.js';
import { PackageInvalidError } from './package-invalid-error.js';

/** The content of `peaks.json`. A change of meaning needs a new version. */
interface PeaksFile {
  version: 1;
  /** Number of peaks. */
  points: number;
  /** The loudest sample of either channel in each of `points` equal parts of the song, 0 to 1 (full scale). */
  peaks: number[];
}

/** The text of a peaks file, with three decimals, which are enough for a screen. */
export function writePeaks(peaks: readonly number[]): string {
  const file: PeaksFile = {
    version: 1,
    points: peaks.length,
    peaks: peaks.map((peak) => Math.round(Math.min(1, peak) * 1000) / 1000),
  };
  return JSON.stringify(file);
}

/** Throws PackageInvalidError unless the package contains a valid peaks file. */
export async function checkPeaks(directory: string): Promise<void> {
  const fail = (finding: string) => new PackageInvalidError('peaks', `${PEAKS} ${finding}`);
  const text = await readFile(join(directory, PEAKS), 'utf8').catch(() => {
    throw fail('is missing');
  });
  let file: Partial<PeaksFile>;
  try {
    file = JSON.parse(text) as Partial<PeaksFile>;
  } catch {
    throw fail('is unreadable');
  }
  const { version, points, peaks } = file;
  const isPeak = (peak: unknown) => typeof peak === 'number' && peak >= 0 && peak <= 1;
  if (version !== 1 || points !== PEAK_POINTS) throw fail(`has version ${version} and ${points} points`);
  if (!Array.isArray(peaks) || peaks.length !== points || !peaks.every(isPeak)) throw fail('has odd values');
}
