import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { MediaStorage } from '../../platform/storage/media-storage.js';
import { DiskSpace } from '../pipeline/disk-space.service.js';
import { OriginalFiles } from '../pipeline/original-files.service.js';
import { EmptyFileError, TooLargeError } from '../pipeline/upload-errors.js';
import type { CreateUploadInput } from './create-upload.input.js';
import { PendingUpload, UploadProtocol, type StoredUpload } from './pending-upload.schema.js';
import { PendingUploadRepository } from './pending-upload.repository.js';
import { UploadTransports } from './upload-transports.service.js';

/** Creates the upload slot for a file, or refuses the file before any byte is sent. */
@Injectable()
export class UploadCreation {
  constructor(
    private readonly uploads: PendingUploadRepository,
    private readonly transports: UploadTransports,
    private readonly originals: OriginalFiles,
    private readonly diskSpace: DiskSpace,
    private readonly storage: MediaStorage,
    private readonly config: Config,
  ) {}

  /** Throws EmptyFileError, TooLargeError, DuplicateError, DiskFullError, BadInputError. */
  async create(input: CreateUploadInput, accountId: string, base: string): Promise<PendingUpload> {
    const { bytes, fileName, sha256 } = input;
    if (bytes === 0) throw new EmptyFileError();
    if (bytes > this.config.MAX_UPLOAD_BYTES) throw new TooLargeError(this.config.MAX_UPLOAD_BYTES);
    if (sha256) await this.originals.refuseDuplicate(sha256);
    const protocol = input.protocol ?? this.transports.preferred();
    const requested = {
      accountId,
      protocol,
      bytes,
      fileName: fileName ?? '',
      store: this.storage.name,
      ...(sha256 ? { sha256 } : {}),
    };
    const resumable = await this.uploads.findResumable(requested);
    if (resumable) return this.withTarget(resumable, base);
    if (protocol === UploadProtocol.TUS) await this.diskSpace.require(bytes);
    const upload = await this.uploads.add(requested);
    try {
      return await this.withTarget(upload, base);
    } catch (error) {
      await this.uploads.remove(upload._id).catch(() => undefined);
      throw error;
    }
  }

  private async withTarget(upload: StoredUpload, base: string): Promise<PendingUpload> {
    return { ...upload, id: upload._id, ...(await this.transports.of(upload).open(upload, base)) };
  }
}
