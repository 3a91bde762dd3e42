import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import type { Quality } from '../songs/processing/quality.js';
import { PackageInvalidError } from './package-invalid-error.js';

const CHECK_EVERY_MS = 1000;
/** Container overhead is at most 13 %, and peaks add some 3 %, so output beyond this factor is faulty. */
const TOLERANCE_FACTOR = 1.5;
const FLOOR_BYTES = 1_000_000;

/** The maximum size of the package of a song of this length in these qualities, bytes. */
export function quotaBytes(durationSeconds: number, qualities: readonly Quality[]): number {
  const kbps = qualities.reduce((sum, { bitrateKbps }) => sum + bitrateKbps, 0);
  return FLOOR_BYTES + Math.ceil((durationSeconds * kbps * 1000 * TOLERANCE_FACTOR) / 8);
}

/** Calls `onExceeded` once when a folder exceeds its quota. Returns a function that ends the watch. */
export function watchQuota(directory: string, bytes: number, onExceeded: (error: Error) => void): () => void {
  const task = new PeriodicTask({
    work: async (signal) => {
      const used = await folderBytes(directory);
      if (used <= bytes || signal.aborted) return;
      void task.stop();
      onExceeded(new PackageInvalidError('output size', `${used} bytes, more than the quota of ${bytes}`));
    },
    pauseMs: CHECK_EVERY_MS,
    onFailure: () => undefined,
  });
  task.start();
  return () => void task.stop();
}

/** ffmpeg creates and deletes files meanwhile: a file that disappears between listing and stat counts as 0. */
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
