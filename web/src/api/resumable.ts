import type { DetailedError, Upload, UploadOptions } from 'tus-js-client';
import { ApiError } from './api-error.js';
import { ask, PROXY_LIMIT, proxyLimit } from './client.js';
import { graphql } from './graphql.js';

const CREATE = graphql(`
  mutation CreateUpload($bytes: Float!, $fileName: String!) {
    createUpload(input: { bytes: $bytes, fileName: $fileName, protocol: TUS }) {
      id
    }
  }
`);

/** Maximum bytes per request. It is reduced after a proxy has refused a request as too large. */
let partBytes = 8 * 1024 ** 2;
/** Minimum bytes per request; a proxy that accepts less is not worked around. */
const LEAST_PART_BYTES = 256 * 1024;
/** Pauses before retries of a broken connection, milliseconds. Any progress restarts the sequence. */
const RETRY_MS = [500, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 60_000, 60_000];
/** Statuses that are not retried: not signed in, not allowed, no such upload, disk full. */
const FINAL = [401, 403, 404, 410, 507];

interface Options {
  signal: AbortSignal;
  /** Bytes that have been sent. */
  onProgress: (sent: number) => void;
}

/**
 * Sends a file in parts (tus.io, protocol 1.0.0). It resumes after a broken connection, and after a reload when the same
 * file is chosen again. Resolves to the id for `completeUpload`. Errors: ApiError.
 */
export async function sendResumable(file: File, options: Options): Promise<string> {
  const known = recall(file);
  try {
    return await send(file, known ?? (await create(file)), options);
  } catch (error) {
    if (known === undefined || !(error instanceof ApiError) || error.code !== 'NOT_FOUND') throw error;
    forgetUpload(file);
    return send(file, await create(file), options);
  }
}

async function create(file: File): Promise<string> {
  const { createUpload } = await ask(CREATE, { bytes: file.size, fileName: file.name });
  remember(file, createUpload.id);
  return createUpload.id;
}

async function send(file: File, id: string, { signal, onProgress }: Options): Promise<string> {
  const { DefaultHttpStack, Upload: TusUpload } = await import('tus-js-client');
  await new Promise<void>((resolve, reject) => {
    const upload: Upload = new TusUpload(file, {
      // The origin of the page instead of the server's public URL, because the session cookie belongs to it.
      uploadUrl: `${location.origin}/uploads/${id}`,
      chunkSize: partBytes,
      retryDelays: RETRY_MS,
      storeFingerprintForResuming: false,
      httpStack: withoutHead(new DefaultHttpStack({})),
      onProgress,
      onShouldRetry: (error) => mayRetry(error as DetailedError, upload.options),
      onError: (error) => reject(reasonOf(error as DetailedError)),
      onSuccess: () => resolve(),
    });
    signal.addEventListener('abort', () => {
      forgetUpload(file);
      // Also deletes the upload at the server. If this request fails, the server removes the upload after its expiry.
      void upload.abort(true).catch(() => undefined);
      reject(new ApiError('ABORTED', 'Stopped.'));
    });
    upload.start();
  });
  return id;
}

/** Browsers send no Origin with HEAD, and without it the server ignores the session cookie on plain http. */
function withoutHead(stack: NonNullable<UploadOptions['httpStack']>): NonNullable<UploadOptions['httpStack']> {
  return {
    getName: () => stack.getName(),
    createRequest: (method, url) => {
      if (method !== 'HEAD') return stack.createRequest(method, url);
      const request = stack.createRequest('POST', url);
      request.setHeader('X-HTTP-Method-Override', 'HEAD');
      return request;
    },
  };
}

function mayRetry({ originalResponse }: DetailedError, options: UploadOptions): boolean {
  const status = originalResponse?.getStatus() ?? 0;
  if (status !== 413) return !FINAL.includes(status);
  if (partBytes <= LEAST_PART_BYTES) return false;
  partBytes = Math.max(LEAST_PART_BYTES, partBytes / 8);
  options.chunkSize = partBytes;
  return true;
}

function reasonOf({ originalResponse }: DetailedError): ApiError {
  if (!originalResponse) return new ApiError('OFFLINE', 'The connection broke, and did not come back. Send it again: it goes on where it was.');
  const status = originalResponse.getStatus();
  if (status === 413) return proxyLimit(partBytes);
  try {
    const { code, message } = JSON.parse(originalResponse.getBody()) as { code: string; message: string };
    return new ApiError(code, message);
  } catch {
    const code = status === 404 || status === 410 ? 'NOT_FOUND' : 'UNAVAILABLE';
    return new ApiError(code, `The server answered ${status}. Send it again: it goes on where it was.`);
  }
}

export const isProxyLimit = (error: unknown): boolean => error instanceof ApiError && error.code === PROXY_LIMIT;

/** Identifies a file by its metadata, because reading its content would take as long as sending part of it. */
const placeOf = ({ name, size, lastModified }: File): string => `upload-1 ${size} ${lastModified} ${name}`;

function recall(file: File): string | undefined {
  try {
    return localStorage.getItem(placeOf(file)) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(file: File, id: string): void {
  try {
    localStorage.setItem(placeOf(file), id);
  } catch {
    // Storage is full or forbidden: after a reload the upload starts over.
  }
}

/** Forgets the id of an upload that is completed or cancelled. */
export function forgetUpload(file: File): void {
  try {
    localStorage.removeItem(placeOf(file));
  } catch {
    // Storage is forbidden, so nothing was stored.
  }
}
