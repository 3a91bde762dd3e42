import { Injectable } from '@nestjs/common';
import { PresignedPutTransport } from './presigned-put-transport.service.js';
import { UploadProtocol, type StoredUpload } from './pending-upload.schema.js';
import { TusTransport } from '../tus/tus-transport.service.js';
import type { UploadTransport } from './upload-transport.js';

/** Chooses the transport of an upload. */
@Injectable()
export class UploadTransports {
  constructor(
    private readonly presignedPut: PresignedPutTransport,
    private readonly tus: TusTransport,
  ) {}

  /** PUT where the store accepts files from clients, since those bytes do not pass through this server; else TUS. */
  preferred(): UploadProtocol {
    return this.presignedPut.isOpen ? UploadProtocol.PUT : UploadProtocol.TUS;
  }

  of({ protocol }: Pick<StoredUpload, 'protocol'>): UploadTransport {
    return protocol === UploadProtocol.PUT ? this.presignedPut : this.tus;
  }
}
