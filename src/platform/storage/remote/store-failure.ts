import { DomainError, NotFoundError, UnavailableError } from '../../errors/domain-error.js';

/** What an error of a remote store means. */
export type StoreFailure =
  /** Nothing is stored under the key. */
  | { kind: 'missing' }
  /** A retry may help. */
  | { kind: 'transient'; sentence: string }
  /**
   * A quota that renews within about an hour is used up: a retry soon does not help, and the operator need do nothing.
   */
  | { kind: 'quota'; sentence: string }
  /** A retry does not help: the operator must change something first. */
  | { kind: 'permanent'; sentence: string };

/** The store refuses permanently: wrong credentials, no such bucket, no permission. */
export class StoreRefusalError extends UnavailableError {}

/** A transient failure lasted longer than all retries. An enclosing retry must not repeat the request. */
export class RetriesExhaustedError extends UnavailableError {}

/** Error codes of Node's sockets and name resolution; "TimeoutError" is a name of the AWS SDK. */
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

/** Whether the network failed, not the store. */
export function isNetworkFailure(error: unknown): boolean {
  const { code, name, cause } = (error ?? {}) as Error & { code?: string };
  if (NETWORK_CODES.has(code ?? '') || name === 'TimeoutError') return true;
  return cause !== undefined && cause !== error && isNetworkFailure(cause);
}

/** The error that callers of MediaStorage get for a failure; other errors are returned unchanged. */
export function toStorageError(error: unknown, failure: StoreFailure | undefined): unknown {
  if (error instanceof DomainError || !failure) return error;
  if (failure.kind === 'missing') return new NotFoundError('This media file');
  const Failure = failure.kind === 'permanent' ? StoreRefusalError : RetriesExhaustedError;
  return new Failure(failure.sentence, { cause: error });
}
