import { DomainError, NotFoundError, UnavailableError } from '../platform/errors/domain-error.js';
import { TimedOutError } from '../platform/errors/timed-out-error.js';
import type { ProcessingError } from '../songs/processing/processing.js';

/** Lets a domain error say of itself whether another try can help. */
interface MaybeRetryable {
  retryable?: boolean;
}

/** What a person is told of a failed try. What the domain did not name may hold paths, and is only logged. */
export function toProcessingError(error: unknown): ProcessingError {
  if (error instanceof NotFoundError) {
    return {
      code: 'ORIGINAL_MISSING',
      message: 'The original is not in storage any more; upload it again.',
      retryable: false,
    };
  }
  if (error instanceof TimedOutError) {
    return {
      code: error.code,
      message:
        'The machine was too busy to finish in time; the song is tried again by itself and loses no attempt.',
      retryable: true,
    };
  }
  if (error instanceof UnavailableError) return { code: error.code, message: error.message, retryable: true };
  if (error instanceof DomainError) {
    return {
      code: error.code,
      message: error.message,
      retryable: (error as MaybeRetryable).retryable ?? false,
    };
  }
  return {
    code: 'INTERNAL',
    message: 'The worker stumbled; the operator finds the reason in its log.',
    retryable: true,
  };
}
