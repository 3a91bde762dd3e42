import { isNetworkFailure, type StoreFailure } from '../remote/store-failure.js';

const KEY = 'The S3 store refuses the access key: check S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.';
const BUCKET = 'The S3 store has no such bucket: create it or check S3_BUCKET.';
const PERMISSION =
  'The S3 store does not let this access key read, write and remove in the bucket: check its permissions and S3_BUCKET.';
const REGION = 'The bucket is in another region: check S3_REGION and S3_ENDPOINT.';
const CLOCK = 'The S3 store says that the clock of this machine is wrong: set it.';
const SILENT =
  'The S3 store does not answer: see that S3_ENDPOINT can be reached from here, or try again later.';
const BUSY = 'The S3 store is overloaded or has troubles of its own. Try again later.';

/** Error codes of S3 with advice (Amazon S3 API Reference, "Error responses"; R2 and MinIO use the same codes). */
const SENTENCES: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: KEY,
  SignatureDoesNotMatch: KEY,
  InvalidToken: KEY,
  // R2's code for an unknown access key.
  Unauthorized: KEY,
  NoSuchBucket: BUCKET,
  InvalidBucketName: BUCKET,
  AccessDenied: PERMISSION,
  AllAccessDisabled: PERMISSION,
  AuthorizationHeaderMalformed: REGION,
  PermanentRedirect: REGION,
  IllegalLocationConstraintException: REGION,
  RequestTimeTooSkewed: CLOCK,
  EntityTooLarge: 'The S3 store takes no file of this size.',
  NoSuchUpload:
    'The S3 store has dropped an upload that was under way: see that no rule of the bucket aborts uploads within a day, and try again.',
  QuotaExceeded: 'The S3 store is full: raise its quota or remove something.',
};

/** For answers to HEAD, which have no body with a code. */
const STATUS_SENTENCES: Readonly<Record<number, string>> = { 301: REGION, 401: KEY, 403: PERMISSION };

const MISSING = new Set(['NoSuchKey', 'NotFound']);

/** Codes of transient errors whose status does not show it. */
const TRANSIENT_CODES = new Set([
  'RequestTimeout',
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'OperationAborted',
]);
const TRANSIENT_STATUSES = new Set([408, 429]);

interface S3Error {
  name?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
}

/** What an error of the AWS SDK means; undefined when it is none of the store's. */
export function s3FailureOf(error: unknown): StoreFailure | undefined {
  const { name = '', message = '', $metadata } = (error ?? {}) as S3Error;
  const status = $metadata?.httpStatusCode ?? 0;
  if (SENTENCES[name]) return { kind: 'permanent', sentence: SENTENCES[name] };
  // R2 checks the form of the access key first.
  if (name === 'InvalidArgument' && /access key/i.test(message)) return { kind: 'permanent', sentence: KEY };
  if (MISSING.has(name)) return { kind: 'missing' };
  if (TRANSIENT_CODES.has(name) || TRANSIENT_STATUSES.has(status) || status >= 500) {
    return { kind: 'transient', sentence: BUSY };
  }
  if (status === 404) return { kind: 'missing' };
  if (STATUS_SENTENCES[status]) return { kind: 'permanent', sentence: STATUS_SENTENCES[status] };
  return isNetworkFailure(error) ? { kind: 'transient', sentence: SILENT } : undefined;
}
