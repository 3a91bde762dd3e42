import { DomainError } from './domain-error.js';

/** The machine gave our work too little of itself. Says nothing about the file: it is over by itself. */
export class TimedOutError extends DomainError {
  readonly code = 'TIMED_OUT';
  override readonly status = 503;
  readonly retryable = true;

  /** @param stderr the end of what the program said: for the log, it may name paths */
  constructor(readonly stderr = '') {
    super(
      'The server is too busy to look at this file now; nothing is wrong with the file. Try again in a few minutes.',
    );
  }
}
