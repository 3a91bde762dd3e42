import { DomainError } from './domain-error.js';

/** The machine was too busy to check a file in time. It says nothing about the file, and a retry may succeed. */
export class TimedOutError extends DomainError {
  readonly code = 'TIMED_OUT';
  override readonly status = 503;
  readonly retryable = true;

  /** @param stderr the end of the program's output: only for the log, because it may contain paths */
  constructor(readonly stderr = '') {
    super(
      'The server is too busy to look at this file now; nothing is wrong with the file. Try again in a few minutes.',
    );
  }
}
