import { Server } from '@tus/server';

type Context = Parameters<Server['write']>[0];

interface Refusal {
  code: string;
  message: string;
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

/** The tus library's server with this API's error format: JSON with a stable code and one sentence. */
export class TusServer extends Server {
  override write(context: Context, headers: Headers, status: number, body = ''): ReturnType<Server['write']> {
    if (status < 400) return super.write(context, headers, status, body);
    headers.set('Content-Type', 'application/json; charset=utf-8');
    headers.set('Cache-Control', 'no-store');
    return super.write(context, headers, status, refusalBody(status, body));
  }
}

/** @param said the body so far: JSON if the data store gave the reason (`diskRefusal`), else the library's own text */
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
