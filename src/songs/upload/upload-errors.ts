import { DomainError } from '../../common/domain-error.js';

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

/** The connection broke off; nobody is left to read this, but the log and the metrics are. */
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
      `These very bytes are in the library already, as "${title}". An upload may set allowDuplicate to keep a second copy.`,
    );
    this.details = { songId };
  }
}

export class DiskFullError extends DomainError {
  readonly code = 'DISK_FULL';
  override readonly status = 507;
  constructor() {
    super('The server has no room for this file. Nothing was kept; tell the operator.');
  }
}
