import { Injectable } from '@nestjs/common';
import { Config } from '../../platform/config/config.js';
import { MediaStorage } from '../../platform/storage/media-storage.js';
import { DiskSpace } from '../pipeline/disk-space.js';
import { AudioIngest } from '../pipeline/audio-ingest.js';
import { EmptyFileError, TooLargeError } from '../pipeline/upload-errors.js';
import type { CreateUploadInput } from './create-upload.input.js';
import { PendingUpload, UploadProtocol, type StoredUpload } from './pending-upload.js';
import { PendingUploads } from './pending-uploads.service.js';
import { UploadTransports } from './upload-transports.js';

/** Promises a place for a file, or says before a byte is sent why it cannot have one. */
@Injectable()
export class UploadCreation {
  constructor(
    private readonly uploads: PendingUploads,
    private readonly ways: UploadTransports,
    private readonly incoming: AudioIngest,
    private readonly room: DiskSpace,
    private readonly storage: MediaStorage,
    private readonly config: Config,
  ) {}

  /** Throws EmptyFileError, TooLargeError, DuplicateError, DiskFullError, BadInputError. */
  async create(input: CreateUploadInput, accountId: string, base: string): Promise<PendingUpload> {
    const { bytes, fileName, sha256 } = input;
    if (bytes === 0) throw new EmptyFileError();
    if (bytes > this.config.MAX_UPLOAD_BYTES) throw new TooLargeError(this.config.MAX_UPLOAD_BYTES);
    if (sha256) await this.incoming.refuseDuplicate(sha256);
    const protocol = input.protocol ?? this.ways.preferred();
    const promised = {
      ...{ accountId, protocol, bytes, fileName: fileName ?? '', store: this.storage.name },
      ...(sha256 ? { sha256 } : {}),
    };
    const interruptedError = await this.uploads.interrupted(promised);
    if (interruptedError) return this.opened(interruptedError, base);
    if (protocol === UploadProtocol.TUS) await this.room.require(bytes);
    const upload = await this.uploads.add(promised);
    try {
      return await this.opened(upload, base);
    } catch (error) {
      await this.uploads.remove(upload._id).catch(() => undefined);
      throw error;
    }
  }

  private async opened(upload: StoredUpload, base: string): Promise<PendingUpload> {
    return { ...upload, id: upload._id, ...(await this.ways.of(upload).open(upload, base)) };
  }
}
