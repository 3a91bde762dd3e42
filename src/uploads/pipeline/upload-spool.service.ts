import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { openScratch } from '../../platform/files/scratch.js';
import { DomainError } from '../../platform/errors/domain-error.js';
import { Config } from '../../platform/config/config.js';
import { DiskSpace, spoolFailure } from './disk-space.service.js';
import type { IncomingFile } from './incoming-file.js';
import { EmptyFileError, TooLargeError, UploadAbortedError } from './upload-errors.js';

export interface ReceivedFile {
  path: string;
  bytes: number;
  sha256: string;
}

/** Writes an incoming file to a private file on disk, measuring its size and SHA-256 on the way. */
@Injectable()
export class UploadSpool implements OnModuleInit {
  private readonly logger = new Logger(UploadSpool.name);
  private folder: string;
  /** Copies of a file on this disk: the spooled one, and the stored one if the store is on the same disk. */
  private readonly copies: number;

  constructor(
    private readonly config: Config,
    private readonly diskSpace: DiskSpace,
  ) {
    this.copies = config.STORAGE === 'local' ? 2 : 1;
  }

  async onModuleInit(): Promise<void> {
    this.folder = await openScratch(this.config.dataPath('uploads'));
  }

  /**
   * Calls `use` with the spooled file and removes the file afterwards in any case.
   * Throws EmptyFileError, TooLargeError, UploadAbortedError, DiskFullError, or what `use` throws.
   */
  async withSpooledFile<T>(incoming: IncomingFile, use: (file: ReceivedFile) => Promise<T>): Promise<T> {
    const path = join(this.folder, randomUUID());
    try {
      return await use(await this.write(incoming, path));
    } catch (error) {
      throw this.toUploadError(error);
    } finally {
      await rm(path, { force: true });
    }
  }

  private async write(incoming: IncomingFile, path: string): Promise<ReceivedFile> {
    await this.diskSpace.require((incoming.bytes ?? 0) * this.copies);
    const limit = this.config.MAX_UPLOAD_BYTES;
    const hash = createHash('sha256');
    let bytes = 0;
    await pipeline(
      await incoming.open(),
      async function* measure(chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          if (bytes > limit) throw new TooLargeError(limit);
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
    );
    if (bytes === 0) throw new EmptyFileError();
    return { path, bytes, sha256: hash.digest('hex') };
  }

  private toUploadError(error: unknown): unknown {
    if (error instanceof DomainError) return error;
    const { status, code } = error as { status?: number; code?: string };
    if (status === 413) return new TooLargeError(this.config.MAX_UPLOAD_BYTES);
    if (status === 499 || code === 'ERR_STREAM_PREMATURE_CLOSE') return new UploadAbortedError();
    const failure = spoolFailure(error);
    if (failure) this.logger.error(`an upload cannot be stored: ${(error as Error).message}`);
    return failure ?? error;
  }
}
