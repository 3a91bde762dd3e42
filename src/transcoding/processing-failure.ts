import { DomainError, NotFoundError, UnavailableError } from '../platform/errors/domain-error.js';
import { TimedOutError } from '../platform/errors/timed-out-error.js';
import type { ProcessingError } from '../songs/processing/processing.schema.js';

/** A domain error may say whether another attempt can succeed. */
interface MaybeRetryable {
  retryable?: boolean;
}

/**
 * The error of a failed attempt as users see it. Messages of other than domain errors may hold paths and are only
 * logged.
 */
export function toProcessingError(error: unknown): ProcessingError {
  if (error instanceof NotFoundError) {
    return {
      code: 'ORIGINAL_MISSING',
      message: 'The original is no longer in storage; upload it again.',
      retryable: false,
    };
  }
  if (error instanceof TimedOutError) {
    return {
      code: error.code,
      message:
        'The machine was too busy to finish in time; the song is retried automatically and loses no attempt.',
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
    message: 'The worker failed unexpectedly. The reason is in its log.',
    retryable: true,
  };
}
