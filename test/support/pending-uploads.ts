import { createReadStream, openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as tus from 'tus-js-client';
import type { ApiClient } from '../../src/cli/api-client.js';
import type { TestServer } from './test-server.js';
import { SONG, type TestSong } from './songs.js';

export interface TestUpload {
  id: string;
  protocol: 'PUT' | 'TUS';
  url: string;
  headers: { name: string; value: string }[];
  expiresAt: string;
  bytes: number;
}

export const CREATE = `mutation ($input: CreateUploadInput!) {
  createUpload(input: $input) { id protocol url bytes expiresAt headers { name value } } }`;
export const COMPLETE = `mutation ($id: ID!, $input: UploadSongInput) { completeUpload(id: $id, input: $input) { ${SONG} } }`;

export async function createUpload(
  client: ApiClient,
  path: string,
  more: { bytes?: number; sha256?: string; protocol?: string } = {},
): Promise<TestUpload> {
  const input = { bytes: (await stat(path)).size, fileName: basename(path), ...more };
  return (await client.ask<{ createUpload: TestUpload }>(CREATE, { input })).createUpload;
}

export async function completeUpload(client: ApiClient, id: string, input?: object): Promise<TestSong> {
  return (await client.ask<{ completeUpload: TestSong }>(COMPLETE, { id, input })).completeUpload;
}

export interface Sending {
  /** Resolves when every byte has arrived. */
  whole: Promise<void>;
  client: tus.Upload;
  /** The offset at which each PATCH of this client began. */
  beginnings: number[];
  /** Bytes acknowledged or in flight, as the client last reported. */
  sent: () => number;
}

/** Sends the file with the tus client that frontends use, continuing `upload`; `options` override. */
export function sendByTus(
  api: ApiClient,
  { url }: Pick<TestUpload, 'url'>,
  path: string,
  options: Partial<tus.UploadOptions> = {},
): Sending {
  const beginnings: number[] = [];
  let sent = 0;
  let client!: tus.Upload;
  const whole = new Promise<void>((resolve, reject) => {
    client = new tus.Upload(createReadStream(path), {
      uploadUrl: url,
      chunkSize: 1024 ** 2,
      retryDelays: null as unknown as number[],
      headers: { authorization: `Bearer ${api.currentToken}` },
      onBeforeRequest: (request) => {
        if (request.getMethod() === 'PATCH') beginnings.push(Number(request.getHeader('Upload-Offset')));
      },
      onProgress: (bytes) => (sent = bytes),
      onSuccess: () => resolve(),
      onError: reject,
      ...options,
    });
    client.start();
  });
  whole.catch(() => undefined);
  return { whole, client, beginnings, sent: () => sent };
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Sends one tus request without a tus client. */
export async function tusRequest(
  method: string,
  url: string,
  token: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: BodyInit } = {},
): Promise<RawAnswer> {
  const response = await fetch(url, {
    method,
    headers: {
      'tus-resumable': '1.0.0',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(method === 'PATCH' ? { 'content-type': 'application/offset+octet-stream' } : {}),
      ...headers,
    },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The number of bytes that the server reports to have. */
export async function offsetOf(api: ApiClient, { url }: Pick<TestUpload, 'url'>): Promise<number> {
  const { status, headers } = await tusRequest('HEAD', url, api.currentToken);
  if (status !== 200) throw new Error(`HEAD answered ${status}`);
  return Number(headers.get('upload-offset'));
}

/** Sends bytes of the file from `start` to `end` in one PATCH. */
export async function patch(
  api: ApiClient,
  { url }: Pick<TestUpload, 'url'>,
  path: string,
  start = 0,
  end?: number,
): Promise<RawAnswer> {
  const body = (await openAsBlob(path)).slice(start, end);
  return tusRequest('PATCH', url, api.currentToken, { headers: { 'upload-offset': String(start) }, body });
}

/** Everything that an upload could leave behind: files in the data folder, songs and jobs. */
export async function traces(server: TestServer, client: ApiClient): Promise<string> {
  const list = async (directory: string) => {
    const entries = await readdir(join(server.dataDir, directory), {
      recursive: true,
      withFileTypes: true,
    }).catch(() => []);
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };
  const { songs } = await client.ask<{ songs: { totalCount: number } }>('{ songs { totalCount } }');
  const stats = (await (await fetch(`${server.url}/api/streaming/stats`)).json()) as { queue: unknown };
  const files = await Promise.all(['media', 'uploads', 'spool', 'staging', 'resumable'].map(list));
  return JSON.stringify({ files: files.flat().sort(), songs: songs.totalCount, jobs: stats.queue });
}

/** A PATCH from offset 0 whose connection goes idle after these bytes; resolves when it has ended, however it ends. */
export async function sendAndStall(
  api: ApiClient,
  { url }: Pick<TestUpload, 'url'>,
  bytes: Uint8Array,
): Promise<void> {
  await fetch(url, {
    method: 'PATCH',
    headers: {
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
      authorization: `Bearer ${api.currentToken}`,
    },
    body: new ReadableStream({ start: (out) => out.enqueue(bytes) }),
    duplex: 'half',
  } as RequestInit).catch(() => undefined);
}
