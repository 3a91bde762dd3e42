import { print } from '@0no-co/graphql.web';
import axios, { type AxiosProgressEvent } from 'axios';
import type { TadaDocumentNode } from 'gql.tada';
import { ApiError } from './api-error.js';

type Document<Result, Variables> = TadaDocumentNode<Result, Variables>;

interface Answer<Result> {
  data?: Result | null;
  errors?: { message: string; extensions?: { code?: string } }[];
}

/** The session travels in a cookie that no script can read; the header makes a foreign page ask before it may send. */
const http = axios.create({ headers: { 'apollo-require-preflight': 'true' } });

/** Asks GraphQL. Errors: ApiError with the server's code, OFFLINE when there was no answer, ABORTED. */
export async function ask<Result, Variables extends object>(
  document: Document<Result, Variables>,
  variables: Variables = {} as Variables,
  signal?: AbortSignal,
): Promise<Result> {
  return send<Result>({ query: print(document), variables }, { signal });
}

/** Sends a file in the place of the variable `file` (GraphQL multipart request specification). */
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

async function send<Result>(
  body: unknown,
  options: { signal?: AbortSignal; onUploadProgress?: (sent: AxiosProgressEvent) => void },
): Promise<Result> {
  let answer: Answer<Result>;
  try {
    answer = (await http.post<Answer<Result>>('/graphql', body, { ...options, validateStatus: () => true })).data;
  } catch (error) {
    if (axios.isCancel(error)) throw new ApiError('ABORTED', 'Stopped.');
    throw new ApiError('OFFLINE', 'The server cannot be reached. Check your connection and try again.');
  }
  const refusal = answer?.errors?.[0];
  if (refusal) {
    const { code = 'UNKNOWN', ...details } = refusal.extensions ?? {};
    throw new ApiError(code, refusal.message, details);
  }
  if (!answer?.data) throw new ApiError('UNAVAILABLE', 'The server answered something else than expected. Try again soon.');
  return answer.data;
}
