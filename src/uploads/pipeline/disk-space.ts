import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { UnavailableError, type DomainError } from '../../platform/errors/domain-error.js';
import { DiskFullError } from './upload-errors.js';

const NOT_KEPT =
  'The server cannot keep files at the moment. Nothing was kept; try again later, and tell the operator if it stays so.';

/** Room for what comes in, on the disk of DATA_DIR. */
@Injectable()
export class DiskSpace {
  constructor(private readonly config: Config) {}

  /** Throws `refusal` unless `bytes` more would leave MIN_FREE_DISK_BYTES free. */
  async require(bytes = 0, refusal = new DiskFullError()): Promise<void> {
    const { bavail, bsize } = await statfs(this.config.DATA_DIR);
    if (bavail * bsize - bytes < this.config.MIN_FREE_DISK_BYTES) throw refusal;
  }
}

/** How a file system says that it will not keep a file, whoever sends it. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...[
    'EACCES',
    'EPERM',
    'EROFS',
    'EIO',
    'EFBIG',
    'ENOENT',
    'ENOTDIR',
    'EMFILE',
    'ENFILE',
    'ESTALE',
    'ENODEV',
  ],
]);

/** What a client is told when a file on its way in cannot be written or read; undefined when that is not what happened. */
export function spoolFailure(error: unknown): DomainError | undefined {
  if (isDiskFull(error)) return new DiskFullError();
  const { code = '' } = error as NodeJS.ErrnoException;
  return REFUSALS.has(code) ? new UnavailableError(NOT_KEPT, { cause: error }) : undefined;
}

/** How a file system says that it is full. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
