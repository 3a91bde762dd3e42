import { randomUUID } from 'node:crypto';
import { mkdir, opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { explaining, unlessMissing } from './local-errors.js';

/** Older than any upload or removal can still be running, milliseconds. */
const ABANDONED_MS = 24 * 3600 * 1000;

/**
 * Where files are before they are whole, and folders on their way out. Inside the media root, because only within one
 * file system can a rename make them visible at once; hidden, so that no key leads here.
 */
export class LocalIncoming {
  private readonly folder: string;

  constructor(root: string) {
    this.folder = join(root, '.incoming');
  }

  /** Lends a path that does not exist yet; whatever is left there after a failure is removed. */
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

  /** Removes what a crash left behind. Other processes may be at work here, hence the age. */
  async sweep(now = Date.now()): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for await (const entry of await opendir(this.folder)) {
      const path = join(this.folder, entry.name);
      await unlessMissing(
        stat(path).then(async ({ ctimeMs }) => {
          // ctime, because a folder on its way out keeps the mtime of its last change.
          if (now - ctimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true });
        }),
      );
    }
  }
}
