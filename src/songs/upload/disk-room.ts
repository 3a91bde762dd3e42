import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { DiskFullError } from './upload-errors.js';

/** Room for what comes in, on the disk of DATA_DIR. */
@Injectable()
export class DiskRoom {
  constructor(private readonly config: Config) {}

  /** Throws `refusal` unless `bytes` more would leave MIN_FREE_DISK_BYTES free. */
  async demand(bytes = 0, refusal = new DiskFullError()): Promise<void> {
    const { bavail, bsize } = await statfs(this.config.DATA_DIR);
    if (bavail * bsize - bytes < this.config.MIN_FREE_DISK_BYTES) throw refusal;
  }
}

/** How a file system says that it is full. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
