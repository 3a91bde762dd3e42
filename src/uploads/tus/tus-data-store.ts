import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { ERRORS, Upload } from '@tus/server';
import { isDiskFull, spoolFailure } from '../pipeline/disk-space.service.js';
import { DiskFullError } from '../pipeline/upload-errors.js';
import type { PendingUploads } from '../pending/pending-uploads.service.js';
import type { TusTransport } from './tus-transport.service.js';

/** The disk has become full during an upload. */
export const diskFullMidUpload = () =>
  new DiskFullError(
    'The server has no disk space for the rest of this file. The received bytes are kept; tell the operator, then ' +
      'go on.',
  );

/** The response when a chunk cannot be written to disk; undefined when the error has another cause. */
export function diskRefusal(error: unknown): { status_code: number; body: string } | undefined {
  const failure = isDiskFull(error) ? diskFullMidUpload() : spoolFailure(error);
  if (!failure) return undefined;
  const { status, code, message } = failure;
  return { status_code: status, body: JSON.stringify({ code, message }) };
}

/** The tus file store, with `pending_uploads` records instead of the library's info file beside each upload. */
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

  /** Resolves to the new size. Received bytes are kept if the request breaks, so that the client can continue there. */
  override async write(body: Readable, id: string, offset: number): Promise<number> {
    // Flushed, so that the offset reported to the client is on disk.
    const file = createWriteStream(this.files.path(id), { flags: 'r+', start: offset, flush: true });
    const postponing = this.postponing(id, file);
    try {
      // Settles when the file is closed, also after an error; the lock is released only then.
      await pipeline(body, file);
    } catch (error) {
      throw diskRefusal(error) ?? ERRORS.FILE_WRITE_ERROR;
    } finally {
      clearInterval(postponing);
    }
    return offset + file.bytesWritten;
  }

  /** Extends the expiry while bytes arrive, in the database: other processes may not see the file on this disk. */
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
