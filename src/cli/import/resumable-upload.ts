import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { ApiError, type ApiClient } from '../api-client.js';
import type { ApiRetry } from './api-retry.js';

/** Size of a part, bytes. An interruption costs at most the bytes of one part that the server has not written. */
const PART_BYTES = 8 * 1024 ** 2;

/** An upload that the server has opened. */
interface OpenUpload {
  id: string;
  url: string;
}

/** Uploads files so that a slow or interrupted connection only costs time (tus.io, protocol 1.0.0). */
export class ResumableUpload {
  constructor(
    private readonly api: ApiClient,
    private readonly retry: ApiRetry,
  ) {}

  /** Resolves to the id of the new song. Resumes what an earlier run has sent. Rejects with ApiError. */
  async send(path: string, sha256: string): Promise<string> {
    const file = await openAsBlob(path);
    const input = { bytes: file.size, fileName: basename(path), sha256, protocol: 'TUS' };
    const upload = await this.retry(() => this.create(input));
    let sent = await this.retry(() => this.arrived(upload));
    while (sent < file.size) sent = await this.sendPart(upload, file, sent);
    return this.retry(() => this.complete(upload.id));
  }

  /** Sends one part and resolves to the new offset. A part that arrived incompletely also counts as progress. */
  private sendPart(upload: OpenUpload, file: Blob, sent: number): Promise<number> {
    return this.retry(async () => {
      try {
        const part = file.slice(sent, sent + PART_BYTES);
        const headers = { 'upload-offset': String(sent), 'content-type': 'application/offset+octet-stream' };
        return await this.offset(upload, { method: 'PATCH', headers, body: part });
      } catch (error) {
        const arrived = await this.arrived(upload).catch(() => sent);
        if (arrived > sent) return arrived;
        throw error;
      }
    });
  }

  private arrived(upload: OpenUpload): Promise<number> {
    return this.offset(upload, { method: 'HEAD' });
  }

  private async offset({ url }: OpenUpload, request: RequestInit & { headers?: object }): Promise<number> {
    const response = await fetch(url, {
      ...request,
      headers: {
        ...request.headers,
        'tus-resumable': '1.0.0',
        authorization: `Bearer ${this.api.currentToken}`,
      },
    });
    const text = await response.text();
    if (response.ok) return Number(response.headers.get('upload-offset'));
    throw responseError(response.status, text);
  }

  private async create(input: object): Promise<OpenUpload> {
    const { createUpload } = await this.api.ask<{ createUpload: OpenUpload }>(
      'mutation ($input: CreateUploadInput!) { createUpload(input: $input) { id url } }',
      { input },
    );
    return createUpload;
  }

  private async complete(id: string): Promise<string> {
    const { completeUpload } = await this.api.ask<{ completeUpload: { id: string } }>(
      'mutation ($id: ID!) { completeUpload(id: $id) { id } }',
      { id },
    );
    return completeUpload.id;
  }
}

/** Errors of our API are JSON, those of the tus server are text, and responses to HEAD have no body. */
function responseError(status: number, text: string): ApiError {
  const fallbackCode =
    status === 409 || status >= 500 ? 'UNAVAILABLE' : status === 401 ? 'UNAUTHENTICATED' : 'BAD_REQUEST';
  try {
    const { code, message } = JSON.parse(text) as { code: string; message: string };
    return new ApiError(message, code);
  } catch {
    return new ApiError(text.trim() || `The server answered ${status}.`, fallbackCode);
  }
}
