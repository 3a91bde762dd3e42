import { UnavailableError, DomainError } from '../../platform/errors/domain-error.js';
import { DiskFullError, TooLargeError, UploadAbortedError } from './upload-errors.js';

const NOT_KEPT =
  'The server cannot store files at the moment. Nothing was kept; try again later, and tell the operator if this ' +
  'persists.';

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

/**
 * The error for a client whose upload failed by `error`. Errors of the file system, of the connection and of
 * graphql-upload, which gives its own an HTTP status, are translated; any other error stays as it is.
 */
export function toUploadError(error: unknown, limitBytes: number): unknown {
  if (error instanceof DomainError) return error;
  const { status, code } = error as { status?: number; code?: string };
  if (status === 413) return new TooLargeError(limitBytes);
  if (status === 499 || code === 'ERR_STREAM_PREMATURE_CLOSE') return new UploadAbortedError();
  return spoolFailure(error) ?? error;
}
