import { DomainError } from '../platform/errors/domain-error.js';

/** ffmpeg said it succeeded, the files say otherwise. Trying again is right: nothing was published. */
export class PackageInvalidError extends DomainError {
  readonly code = 'PACKAGE_INVALID';
  override readonly status = 500;
  override readonly details: Readonly<Record<string, unknown>>;
  readonly retryable = true;

  /** @param check the promise that was broken, in a few words */
  constructor(
    readonly check: string,
    finding: string,
  ) {
    super(`The finished stream failed a check (${check}: ${finding}).`);
    this.details = { check };
  }
}
