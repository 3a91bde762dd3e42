import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PackageInvalidError } from './transcoding-errors.js';

const CHECK_EVERY_MS = 1000;
/** Container overhead is 13 % at most, a peak some 3 % more; what exceeds this is not our song. */
const TOLERANCE_FACTOR = 1.5;
const FLOOR_BYTES = 1_000_000;

/** The most bytes that a song of this length can fill at these bit rates. */
export function quotaBytes(durationSeconds: number, bitratesKbps: readonly number[]): number {
  const kbps = bitratesKbps.reduce((sum, rate) => sum + rate, 0);
  return FLOOR_BYTES + Math.ceil((durationSeconds * kbps * 1000 * TOLERANCE_FACTOR) / 8);
}

/** Calls `onExceeded` once when a folder outgrows its quota. Returns what ends the watch. */
export function watchQuota(directory: string, bytes: number, onExceeded: (error: Error) => void): () => void {
  const timer = setInterval(() => {
    void folderBytes(directory).then((used) => {
      if (used <= bytes) return;
      clearInterval(timer);
      onExceeded(new PackageInvalidError('output size', `${used} bytes where ${bytes} are plenty`));
    });
  }, CHECK_EVERY_MS);
  return () => clearInterval(timer);
}

/** Files come and go while ffmpeg works: what vanishes between two looks counts nothing. */
async function folderBytes(directory: string): Promise<number> {
  const paths = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = paths.map((path) =>
    stat(join(directory, path)).then(
      (entry) => (entry.isFile() ? entry.size : 0),
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
