import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type ApiClient } from './api-client.js';
import type { Outcome } from './import-outcome.js';

/** Codes after which the same request may succeed. */
const PASSING = new Set([
  'UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
  'UNKNOWN',
  'ABORTED',
  'RATE_LIMITED',
  'TOO_MANY_REQUESTS',
]);
/** Codes that say nothing about the file. */
const NOT_THE_FILE = new Set([
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'DISK_FULL',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
]);
const TRIES = 7;
const FIRST_PAUSE_MS = 500;

/** Brings one file in, unless the server has its bytes. Never rejects. */
export class SongImport {
  constructor(
    private readonly api: ApiClient,
    private readonly dryRun: boolean,
    /** Signs in again after a session has ended; absent when only a token is known. */
    private readonly signIn?: () => Promise<void>,
  ) {}

  async bring(path: string): Promise<Outcome> {
    try {
      const sha256 = await sha256Of(path);
      const known = await this.insist(() => this.find(sha256));
      if (known) return { kind: 'duplicate', songId: known };
      if (this.dryRun) return { kind: 'new' };
      return { kind: 'imported', songId: await this.insist(() => this.upload(path)) };
    } catch (error) {
      return outcomeOf(error, basename(path));
    }
  }

  /** The id of the song made of these bytes. */
  private async find(sha256: string): Promise<string | undefined> {
    const { songBySha256 } = await this.api.ask<{ songBySha256: { id: string } | null }>(
      'query ($sha256: String!) { songBySha256(sha256: $sha256) { id } }',
      { sha256 },
    );
    return songBySha256?.id;
  }

  private async upload(path: string): Promise<string> {
    const { uploadSong } = await this.api.upload<{ uploadSong: { id: string } }>(
      'mutation ($file: Upload!) { uploadSong(file: $file) { id } }',
      path,
    );
    return uploadSong.id;
  }

  /** Tries again, later and later, as long as trying again can help. */
  private async insist<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        const expired = error instanceof ApiError && error.code === 'UNAUTHENTICATED' && this.signIn;
        if (attempt >= TRIES || !(expired || passes(error))) throw error;
        await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2));
        if (expired) await this.signIn?.().catch(() => undefined); // the next try tells
      }
    }
  }
}

/** Whether an error may be gone next time: the network's, a proxy's page instead of JSON, or a code that says so. */
function passes(error: unknown): boolean {
  if (error instanceof ApiError) return PASSING.has(error.code);
  return error instanceof SyntaxError || (error instanceof TypeError && error.message === 'fetch failed');
}

function outcomeOf(error: unknown, name: string): Outcome {
  if (!(error instanceof ApiError)) {
    const { message, cause, code } = error as Error & { cause?: Error; code?: string };
    const reason = cause?.message ? `${message}: ${cause.message}` : message;
    return { kind: 'failed', code: code ?? 'NETWORK', reason: reason || `could not read ${name}` };
  }
  const { code, message, details } = error;
  if (code === 'DUPLICATE') return { kind: 'duplicate', songId: String(details['songId']) };
  const kind = PASSING.has(code) || NOT_THE_FILE.has(code) ? 'failed' : 'refused';
  return { kind, code, reason: message };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
