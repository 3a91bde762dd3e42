import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { DiskFullError } from './upload-errors.js';

/** Checks the free disk space of DATA_DIR before a file is received. */
@Injectable()
export class DiskSpace {
  constructor(private readonly config: Config) {}

  /** Throws `refusal` unless `bytes` more would leave MIN_FREE_DISK_BYTES free. */
  async require(bytes = 0, refusal = new DiskFullError()): Promise<void> {
    const { bavail, bsize } = await statfs(this.config.DATA_DIR);
    if (bavail * bsize - bytes < this.config.MIN_FREE_DISK_BYTES) throw refusal;
  }
}
