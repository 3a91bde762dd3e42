import { execFile } from 'node:child_process';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventuallyPasses } from './eventually.js';

const run = promisify(execFile);
const PIECE = Buffer.alloc(64 * 1024);

/** A file system of a few megabytes in memory. Needs the permission to mount, which root has. */
export class SmallDisk {
  private readonly filler: string;

  private constructor(readonly path: string) {
    this.filler = join(path, 'filler');
  }

  static async mount(path: string, megabytes: number): Promise<SmallDisk> {
    await mkdir(path, { recursive: true });
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path]).catch(
      (error: Error) => {
        throw new Error(
          `A full disk cannot be tried here, because mounting one is not allowed: ${error.message}`,
        );
      },
    );
    return new SmallDisk(path);
  }

  /** Fills the disk completely. */
  async fill(): Promise<void> {
    for (let piece = PIECE; piece.length > 0;) {
      try {
        for (;;) await appendFile(this.filler, piece);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        piece = piece.subarray(0, Math.floor(piece.length / 2));
      }
    }
  }

  async freeSpace(): Promise<void> {
    await rm(this.filler, { force: true });
  }

  /** Makes the disk read-only, or writable again. A file that is still open for writing delays it for a moment. */
  async remount(how: 'ro' | 'rw'): Promise<void> {
    await eventuallyPasses(() => run('mount', ['-o', `remount,${how}`, this.path]));
  }

  async unmount(): Promise<void> {
    await eventuallyPasses(() => run('umount', [this.path]));
  }
}
