import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { ERRORS, Upload } from '@tus/server';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import type { PendingUploadRepository } from '../pending/pending-upload.repository.js';
import { diskRefusal } from './tus-refusals.js';
import type { TusTransport } from './tus-transport.service.js';

/** The tus file store, with `pending_uploads` records instead of the library's info file beside each upload. */
export class TusDataStore extends FileStore {
  constructor(
    private readonly files: TusTransport,
    private readonly uploads: PendingUploadRepository,
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
    postponing.start();
    postponing.runSoon();
    try {
      // Settles when the file is closed, also after an error; the lock is released only then.
      await pipeline(body, file);
    } catch (error) {
      throw diskRefusal(error) ?? ERRORS.FILE_WRITE_ERROR;
    } finally {
      // Not awaited: the answer does not depend on the database.
      void postponing.stop();
    }
    return offset + file.bytesWritten;
  }

  override async remove(id: string): Promise<void> {
    await this.files.remove(id);
    await this.configstore.delete(id);
  }

  /** Extends the expiry while bytes arrive, in the database: other processes may not see the file on this disk. */
  private postponing(id: string, file: WriteStream): PeriodicTask {
    let seen = -1;
    const postpone = async (): Promise<void> => {
      if (file.bytesWritten === seen) return;
      seen = file.bytesWritten;
      await this.uploads.postpone(id);
    };
    return new PeriodicTask({
      work: postpone,
      pauseMs: this.uploads.postponeMs,
      onFailure: () => undefined,
    });
  }
}
