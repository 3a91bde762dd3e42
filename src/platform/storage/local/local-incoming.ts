import { randomUUID } from 'node:crypto';
import { mkdir, opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { explaining, unlessMissing } from './local-errors.js';

/** Older files cannot belong to an upload or removal in progress, milliseconds. */
const ABANDONED_MS = 24 * 3600 * 1000;

/**
 * Holds incomplete files and folders that are being removed. It is inside the media root, because a rename is atomic
 * only within one file system, and hidden, so that no key leads here.
 */
export class LocalIncoming {
  private readonly folder: string;

  constructor(root: string) {
    this.folder = join(root, '.incoming');
  }

  /** Calls `work` with a path that does not exist yet; removes the path when `work` fails. */
  async with(work: (path: string) => Promise<void>): Promise<void> {
    await explaining(mkdir(this.folder, { recursive: true }));
    const path = join(this.folder, randomUUID());
    try {
      await work(path);
    } catch (error) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Removes leftovers of a crash. Only old ones, because other processes may be using this folder. */
  async sweep(now = Date.now()): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for await (const entry of await opendir(this.folder)) {
      const path = join(this.folder, entry.name);
      await unlessMissing(
        stat(path).then(async ({ ctimeMs }) => {
          // ctime, because a rename does not change the mtime of a folder.
          if (now - ctimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
        }),
      );
    }
  }
}
