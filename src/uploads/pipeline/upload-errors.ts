import { DomainError } from '../../platform/errors/domain-error.js';

const MEBIBYTE = 1024 ** 2;

export class TooLargeError extends DomainError {
  readonly code = 'TOO_LARGE';
  override readonly status = 413;
  constructor(limitBytes: number) {
    super(`The file is larger than the ${Math.floor(limitBytes / MEBIBYTE)} MiB this server accepts.`);
  }
}

export class EmptyFileError extends DomainError {
  readonly code = 'EMPTY';
  constructor() {
    super('The file is empty. Choose the file again; it may still be downloading.');
  }
}

/** The connection broke. The client no longer receives this error, but the log and the metrics do. */
export class UploadAbortedError extends DomainError {
  readonly code = 'ABORTED';
  constructor() {
    super('The upload broke off before the file was complete. Nothing was kept; upload it again.');
  }
}

export class DuplicateError extends DomainError {
  readonly code = 'DUPLICATE';
  override readonly status = 409;
  override readonly details: { songId: string };
  constructor(songId: string, title: string) {
    super(
      `This exact file is already in the library as "${title}". Set allowDuplicate to keep a second copy.`,
    );
    this.details = { songId };
  }
}

export class DiskFullError extends DomainError {
  readonly code = 'DISK_FULL';
  override readonly status = 507;
  constructor(message = 'The server has no disk space for this file. Nothing was kept; tell the operator.') {
    super(message);
  }
}

/** Not all announced bytes have arrived; the client may send the rest and complete the upload again. */
export class UploadIncompleteError extends DomainError {
  readonly code = 'UPLOAD_INCOMPLETE';
  override readonly status = 409;
  override readonly details: { receivedBytes: number; bytes: number };
  constructor(receivedBytes: number, bytes: number) {
    super(`${receivedBytes} of ${bytes} bytes have arrived. Send the rest, then complete the upload again.`);
    this.details = { receivedBytes, bytes };
  }
}

export class WrongLengthError extends DomainError {
  readonly code = 'WRONG_LENGTH';
  override readonly details: { receivedBytes: number; bytes: number };
  constructor(receivedBytes: number, bytes: number) {
    super(`${receivedBytes} bytes have arrived instead of the announced ${bytes}. Upload the file again.`);
    this.details = { receivedBytes, bytes };
  }
}

export class ChecksumMismatchError extends DomainError {
  readonly code = 'CHECKSUM_MISMATCH';
  constructor() {
    super('The received file is not the announced one: its SHA-256 differs. Upload it again.');
  }
}

/** Codes of permanent rejections: another try with the same bytes would fail again. */
const PERMANENT_REJECTIONS: ReadonlySet<string> = new Set([
  'NOT_AUDIO',
  'TRUNCATED',
  'TOO_LONG',
  'TOO_SHORT',
  'UNSUPPORTED_CODEC',
  'TOO_COMPLEX',
  'TOO_LARGE',
  'EMPTY',
  'DUPLICATE',
  'WRONG_LENGTH',
  'CHECKSUM_MISMATCH',
]);

/** Whether the file itself is the reason. Other errors (full disk, unavailable backing service) may not recur. */
export function isPermanentRejection(error: unknown): error is DomainError {
  return error instanceof DomainError && PERMANENT_REJECTIONS.has(error.code);
}
