import { toDomainError } from '../../platform/errors/to-domain-error.js';
import type { DomainError } from '../../platform/errors/domain-error.js';
import { isDiskFull, spoolFailure } from '../pipeline/spool-failure.js';
import { DiskFullError } from '../pipeline/upload-errors.js';

interface Refusal {
  code: string;
  message: string;
}

/** An error as the tus library sends it. */
export interface TusError {
  status_code: number;
  body: string;
}

/** By status. The library's own bodies are a few words without an error code. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  403: { code: 'BAD_REQUEST', message: 'PATCH needs "Upload-Offset" and "Content-Type".' },
  404: {
    code: 'NOT_FOUND',
    message: 'This upload does not exist (any more); begin again with createUpload.',
  },
  409: {
    code: 'CONFLICT',
    message: '"Upload-Offset" is not the current offset of this upload: ask by HEAD, then go on from there.',
  },
  410: { code: 'NOT_FOUND', message: 'This upload is gone; begin again with createUpload.' },
  412: { code: 'BAD_REQUEST', message: 'Send the header "Tus-Resumable: 1.0.0".' },
  413: { code: 'TOO_LARGE', message: 'The file has more bytes than were announced to createUpload.' },
};

/** For any internal failure. The received bytes are on disk. */
const FAILED: Refusal = {
  code: 'INTERNAL_SERVER_ERROR',
  message:
    'The server could not store this. The received bytes are kept: ask by HEAD, then go on from there.',
};

/** @param said the body so far: JSON if we gave the reason (TusError), else the library's own text */
export function refusalBody(status: number, said: string): string {
  if (said.startsWith('{')) return said;
  const refusal = status >= 500 ? FAILED : (REFUSALS[status] ?? malformed(said));
  return JSON.stringify(refusal);
}

function malformed(said: string): Refusal {
  return {
    code: 'BAD_REQUEST',
    message: `Not a valid tus request: ${said.trim().replace(/\.$/, '')}.`,
  };
}

/** The disk has become full during an upload. */
export const diskFullMidUpload = () =>
  new DiskFullError(
    'The server has no disk space for the rest of this file. The received bytes are kept; tell the operator, then ' +
      'go on.',
  );

/** The response when a chunk cannot be written to disk; undefined when the error has another cause. */
export function diskRefusal(error: unknown): TusError | undefined {
  return tusError(isDiskFull(error) ? diskFullMidUpload() : spoolFailure(error));
}

/** The response when the disk or the database does not take what has arrived; undefined for another cause. */
export function outageRefusal(error: unknown): TusError | undefined {
  return diskRefusal(error) ?? tusError(error instanceof Error ? toDomainError(error) : undefined);
}

function tusError(error: DomainError | undefined): TusError | undefined {
  if (!error) return undefined;
  const { status, code, message } = error;
  return { status_code: status, body: JSON.stringify({ code, message }) };
}
