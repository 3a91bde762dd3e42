import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { ERRORS, Upload } from '@tus/server';
import { isDiskFull, spoolFailure } from '../pipeline/disk-space.js';
import { DiskFullError } from '../pipeline/upload-errors.js';
import type { PendingUploads } from '../pending/pending-uploads.service.js';
import type { TusTransport } from './tus-transport.js';

/** The disk fills up under an upload. */
export const diskFullMidUpload = () =>
  new DiskFullError(
    'The server has no room for the rest of this file. What has arrived is kept; tell the operator, then go on.',
  );

/** The answer to a piece that the disk does not take; undefined when it is not the disk's fault. */
export function diskRefusal(error: unknown): { status_code: number; body: string } | undefined {
  const failure = isDiskFull(error) ? diskFullMidUpload() : spoolFailure(error);
  if (!failure) return undefined;
  const { status, code, message } = failure;
  return { status_code: status, body: JSON.stringify({ code, message }) };
}

/** tus files with the book of pending uploads in place of a file beside each. */
export class TusDataStore extends FileStore {
  constructor(
    private readonly files: TusTransport,
    private readonly uploads: PendingUploads,
  ) {
    super({
      directory: files.folder,
      configstore: {
        get: async (id) => {
          const upload = await uploads.find(id);
          return upload ? new Upload({ id, size: upload.bytes, offset: 0 }) : undefined;
        },
        set: async () => undefined,
        delete: (id) => uploads.remove(id),
      },
    });
    this.extensions = ['termination'];
  }

  /** Resolves with the new size; what has come stays, whatever breaks, so that the client can go on there. */
  override async write(body: Readable, id: string, offset: number): Promise<number> {
    // Flushed: the client may count on what it is told has arrived.
    const file = createWriteStream(this.files.path(id), { flags: 'r+', start: offset, flush: true });
    const postponing = this.postponing(id, file);
    try {
      // Settles when the file is closed, however it ends, and only then the lock is given back.
      await pipeline(body, file);
    } catch (error) {
      throw diskRefusal(error) ?? ERRORS.FILE_WRITE_ERROR;
    } finally {
      clearInterval(postponing);
    }
    return offset + file.bytesWritten;
  }

  /** While bytes arrive, in the book that every process reads: the file is perhaps on this machine only. */
  private postponing(id: string, file: WriteStream): NodeJS.Timeout {
    let seen = -1;
    const postpone = () => {
      if (file.bytesWritten === seen) return;
      seen = file.bytesWritten;
      this.uploads.postpone(id).catch(() => undefined);
    };
    postpone();
    return setInterval(postpone, this.uploads.postponeMs);
  }

  override async remove(id: string): Promise<void> {
    await this.files.remove(id);
    await this.configstore.delete(id);
  }
}
