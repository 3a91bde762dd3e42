import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ApiError, type ApiClient } from '../api-client.js';
import { isTransientCode, type ApiRetry } from './api-retry.js';
import { reasonOf, type Outcome } from './import-outcome.js';
import { ResumableUpload } from './resumable-upload.js';

/** Codes of permanent errors whose reason is not the file. */
const NOT_THE_FILE = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'DISK_FULL',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
]);

/** Imports single files, unless the server already has their bytes. */
export class SongImport {
  private readonly resumable: ResumableUpload;
  /** Uploads in progress by SHA-256, so that a second file with the same bytes waits for the first. */
  private readonly underWay = new Map<string, Promise<string>>();

  constructor(
    private readonly api: ApiClient,
    private readonly dryRun: boolean,
    private readonly retry: ApiRetry,
  ) {
    this.resumable = new ResumableUpload(api, retry);
  }

  /** Never rejects. */
  async bring(path: string): Promise<Outcome> {
    try {
      const sha256 = await sha256Of(path);
      await this.underWay.get(sha256)?.catch(() => undefined);
      const known = await this.retry(() => this.find(sha256));
      if (known) return { kind: 'duplicate', songId: known };
      if (this.dryRun) return { kind: 'new' };
      return { kind: 'imported', songId: await this.upload(path, sha256) };
    } catch (error) {
      return outcomeOf(error, basename(path));
    }
  }

  /** The id of the song with these bytes; undefined if there is none. */
  private async find(sha256: string): Promise<string | undefined> {
    const { songBySha256 } = await this.api.ask<{ songBySha256: { id: string } | null }>(
      'query ($sha256: String!) { songBySha256(sha256: $sha256) { id } }',
      { sha256 },
    );
    return songBySha256?.id;
  }

  private upload(path: string, sha256: string): Promise<string> {
    const upload = this.underWay.get(sha256) ?? this.resumable.send(path, sha256);
    this.underWay.set(sha256, upload);
    return upload.finally(() => this.underWay.delete(sha256));
  }
}

function outcomeOf(error: unknown, name: string): Outcome {
  if (!(error instanceof ApiError)) {
    const { code } = error as { code?: string };
    return { kind: 'failed', code: code ?? 'NETWORK', reason: reasonOf(error) || `could not read ${name}` };
  }
  const { code, message, details } = error;
  if (code === 'DUPLICATE') return { kind: 'duplicate', songId: String(details['songId']) };
  const kind = isTransientCode(code) || NOT_THE_FILE.has(code) ? 'failed' : 'refused';
  return { kind, code, reason: message };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
