import { DomainError } from '../platform/errors/domain-error.js';

/** ffmpeg reported success, but its files failed a check. Retryable, because nothing was published. */
export class PackageInvalidError extends DomainError {
  readonly code = 'PACKAGE_INVALID';
  override readonly status = 500;
  override readonly details: Readonly<Record<string, unknown>>;
  readonly retryable = true;

  /** @param check the check that failed, in a few words */
  constructor(
    readonly check: string,
    finding: string,
  ) {
    super(`The finished stream failed a check (${check}: ${finding}).`);
    this.details = { check };
  }
}
