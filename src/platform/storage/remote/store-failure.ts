import { DomainError, NotFoundError, UnavailableError } from '../../errors/domain-error.js';

/** What a remote store's refusal means to us. */
export type StoreFailure =
  /** Nothing is stored under the key. */
  | { kind: 'missing' }
  /** Asking again may help. */
  | { kind: 'transient'; sentence: string }
  /**
   * What may be asked for within an hour or so has been: asking again soon does not help, and a person need do nothing.
   */
  | { kind: 'quota'; sentence: string }
  /** Asking again does not help: a person must change something first. */
  | { kind: 'permanent'; sentence: string };

/** A store that refuses us for good: wrong credentials, no such bucket, no permission. */
export class StoreRefusalError extends UnavailableError {}

/** It did not pass for as long as our patience lasted. Whoever asked within another question asks no more. */
export class RetriesExhaustedError extends UnavailableError {}

/** Of Node's sockets and name service; "TimeoutError" is the AWS SDK's. */
const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPROTO',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
]);

/** Whether the way to the store failed, not the store. */
export function isNetworkFailure(error: unknown): boolean {
  const { code, name, cause } = (error ?? {}) as Error & { code?: string };
  if (NETWORK_CODES.has(code ?? '') || name === 'TimeoutError') return true;
  return cause !== undefined && cause !== error && isNetworkFailure(cause);
}

/** What callers of MediaStorage get to see of a failure. */
export function toStorageError(error: unknown, failure: StoreFailure | undefined): unknown {
  if (error instanceof DomainError || !failure) return error;
  if (failure.kind === 'missing') return new NotFoundError('This media file');
  const Failure = failure.kind === 'permanent' ? StoreRefusalError : RetriesExhaustedError;
  return new Failure(failure.sentence, { cause: error });
}
