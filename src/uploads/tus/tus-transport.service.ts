import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { spoolFailure } from '../pipeline/spool-failure.js';
import type { IncomingFile } from '../pipeline/upload-spool.service.js';
import { UploadIncompleteError } from '../pipeline/upload-errors.js';
import { UploadProtocol, type StoredUpload, type UploadHeader } from '../pending/pending-upload.schema.js';
import { UPLOAD_ID } from '../pending/pending-upload.repository.js';
import { declaredFacts, UploadTransport } from '../pending/upload-transport.js';

/** Receives files by tus in chunks. The file DATA_DIR/resumable/<upload id> is as long as the bytes received so far. */
@Injectable()
export class TusTransport extends UploadTransport implements OnModuleInit {
  readonly protocol = UploadProtocol.TUS;
  readonly folder: string;

  constructor(config: Config) {
    super();
    this.folder = config.dataPath('resumable');
  }

  async onModuleInit(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  async open({ _id }: StoredUpload, base: string): Promise<{ url: string; headers: UploadHeader[] }> {
    // Append mode creates the file but keeps bytes that were received before.
    try {
      await (await open(this.path(_id), 'a', 0o600)).close();
    } catch (error) {
      throw spoolFailure(error) ?? error;
    }
    return { url: `${base}/uploads/${_id}`, headers: [] };
  }

  async assertComplete({ _id, bytes }: StoredUpload): Promise<void> {
    const arrived = await this.size(_id);
    if (arrived !== bytes) throw new UploadIncompleteError(arrived, bytes);
  }

  /**
   * Copied to a private file by its reader: a request that still writes to this one cannot change what is validated.
   */
  async receivedFile(upload: StoredUpload): Promise<IncomingFile> {
    return { ...declaredFacts(upload), open: () => createReadStream(this.path(upload._id)) };
  }

  async remove(id: string): Promise<void> {
    await rm(this.path(id), { force: true });
  }

  async *ids(): AsyncIterable<string> {
    yield* (await readdir(this.folder)).filter((name) => UPLOAD_ID.test(name));
  }

  path(id: string): string {
    return join(this.folder, id);
  }

  private async size(id: string): Promise<number> {
    try {
      return (await stat(this.path(id))).size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }
}
