import { print } from '@0no-co/graphql.web';
import axios, { type AxiosProgressEvent } from 'axios';
import type { TadaDocumentNode } from 'gql.tada';
import { ApiError } from './api-error.js';

type Document<Result, Variables> = TadaDocumentNode<Result, Variables>;

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The session is in an HttpOnly cookie; the header forces a CORS preflight on requests of foreign pages. */
const http = axios.create({ headers: { 'apollo-require-preflight': 'true' } });

/** Sends a GraphQL operation. Errors: ApiError with the server's code, OFFLINE without an answer, or ABORTED. */
export async function ask<Result, Variables extends object>(
  document: Document<Result, Variables>,
  variables: Variables = {} as Variables,
  signal?: AbortSignal,
): Promise<Result> {
  return send<Result>({ query: print(document), variables }, { signal });
}

/** Sends a file as the variable `file` (GraphQL multipart request specification). */
export async function askWithFile<Result, Variables extends object>(
  document: Document<Result, Variables>,
  variables: Variables,
  file: Blob,
  options: { signal?: AbortSignal; onProgress?: (sent: AxiosProgressEvent) => void } = {},
): Promise<Result> {
  const form = new FormData();
  form.append('operations', JSON.stringify({ query: print(document), variables: { ...variables, file: null } }));
  form.append('map', JSON.stringify({ 0: ['variables.file'] }));
  form.append('0', file);
  return send<Result>(form, { signal: options.signal, onUploadProgress: options.onProgress });
}

/** Code of an error: a proxy in front of the server refuses requests of this size. */
export const PROXY_LIMIT = 'PROXY_LIMIT';

/** `bytes` is the refused size, or null if unknown. Refusals by the server itself have other codes. */
export function proxyLimit(bytes: number | null): ApiError {
  const size = bytes === null ? 'this size' : `${(bytes / 1_000_000).toFixed(1)} MB`;
  return new ApiError(
    PROXY_LIMIT,
    `A proxy before the server takes no request of ${size} (status 413). Its administrator can raise the limit: nginx allows ` +
      '1 MB unless client_max_body_size says otherwise, Cloudflare 100 MB.',
  );
}

const weightOf = (form: FormData): number =>
  [...form.values()].reduce((sum, value) => sum + (typeof value === 'string' ? value.length : value.size), 0);

async function send<Result>(
  body: unknown,
  options: { signal?: AbortSignal; onUploadProgress?: (sent: AxiosProgressEvent) => void },
): Promise<Result> {
  let answer: Answer<Result>;
  let status: number;
  try {
    ({ data: answer, status } = await http.post<Answer<Result>>('/graphql', body, { ...options, validateStatus: () => true }));
  } catch (error) {
    if (axios.isCancel(error)) throw new ApiError('ABORTED', 'Stopped.');
    throw new ApiError('OFFLINE', 'The server cannot be reached. Check your connection and try again.');
  }
  const refusal = answer?.errors?.[0];
  if (refusal) {
    const { code = 'UNKNOWN', ...details } = refusal.extensions ?? {};
    throw new ApiError(code, refusal.message, details);
  }
  if (status === 413) throw proxyLimit(body instanceof FormData ? weightOf(body) : null);
  if (!answer?.data) throw new ApiError('UNAVAILABLE', 'The server answered something else than expected. Try again soon.');
  return answer.data;
}
