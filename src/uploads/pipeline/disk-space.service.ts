import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { UnavailableError, type DomainError } from '../../platform/errors/domain-error.js';
import { DiskFullError } from './upload-errors.js';

const NOT_KEPT =
  'The server cannot store files at the moment. Nothing was kept; try again later, and tell the operator if this ' +
  'persists.';

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

/** Error codes with which a file system refuses any file, whatever its content. */
const REFUSALS: ReadonlySet<string> = new Set([
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
]);

/**
 * The error for a client whose file cannot be written to or read from disk; undefined when `error` has another cause.
 */
export function spoolFailure(error: unknown): DomainError | undefined {
  if (isDiskFull(error)) return new DiskFullError();
  const { code = '' } = error as NodeJS.ErrnoException;
  return REFUSALS.has(code) ? new UnavailableError(NOT_KEPT, { cause: error }) : undefined;
}

/** Whether a file system reported that it is full, or that a quota is used up. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
