import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { dropRepeatedHeaders } from '../../audio/repeated-headers.js';
import { openScratch } from '../../platform/files/scratch.js';
import { Config } from '../../platform/config/config.js';
import { DiskSpace } from './disk-space.service.js';
import { ChecksumMismatchError, EmptyFileError, TooLargeError } from './upload-errors.js';

/** A file that is being received: in a GraphQL request, by tus, or by a presigned PUT. */
export interface IncomingFile {
  /** The file name given by the client, not to be trusted. */
  readonly name: string;
  /** Streams the content. May be called once. */
  open(): Readable | Promise<Readable>;
  /** Size, bytes, if it is known in advance. */
  readonly bytes?: number;
  /** SHA-256 as calculated by the client, hex. */
  readonly sha256?: string;
  /** Storage key of a copy of these bytes that can no longer change, if the store has one. */
  readonly stored?: string;
  /** Id of the pending upload that received the file. */
  readonly uploadId?: string;
}

/** A received file in the form that is stored. Dispose of it to remove it from this disk: `await using`. */
export interface SpooledFile extends AsyncDisposable, Pick<IncomingFile, 'name' | 'stored' | 'uploadId'> {
  readonly path: string;
  /** Size of the file at `path`, bytes. */
  readonly bytes: number;
  /** SHA-256 of the bytes as the client sent them, hex, even if the file at `path` differs. */
  readonly sha256: string;
}

/** Receives files onto this process's private disk space, measuring them on the way. */
@Injectable()
export class UploadSpool implements OnModuleInit {
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
   * Resolves when the whole file has arrived and is in the form that is stored; a copy that the store has already is
   * used only if nothing had to be changed. Throws EmptyFileError, TooLargeError, DiskFullError, ChecksumMismatchError,
   * or the error of the stream or the file system (see toUploadError), and leaves no file then.
   */
  async receive(incoming: IncomingFile): Promise<SpooledFile> {
    const { name, uploadId, stored } = incoming;
    const path = join(this.folder, randomUUID());
    const remove = () => rm(path, { force: true });
    try {
      const received = await this.write(incoming, path);
      if (incoming.sha256 && incoming.sha256 !== received.sha256) throw new ChecksumMismatchError();
      const bytes = await dropRepeatedHeaders(path);
      return {
        path,
        bytes,
        sha256: received.sha256,
        name,
        uploadId,
        stored: bytes === received.bytes ? stored : undefined,
        [Symbol.asyncDispose]: remove,
      };
    } catch (error) {
      await remove();
      throw error;
    }
  }

  private async write(incoming: IncomingFile, path: string): Promise<{ bytes: number; sha256: string }> {
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
    return { bytes, sha256: hash.digest('hex') };
  }
}
