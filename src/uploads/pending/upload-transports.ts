import { Injectable } from '@nestjs/common';
import { PresignedPutTransport } from './presigned-put-transport.js';
import { UploadProtocol, type StoredUpload } from './pending-upload.js';
import { TusTransport } from '../tus/tus-transport.js';
import type { UploadTransport } from './upload-transport.js';

/** Every transport there is. */
@Injectable()
export class UploadTransports {
  constructor(
    private readonly presignedPut: PresignedPutTransport,
    private readonly tus: TusTransport,
  ) {}

  /** Past us, where the store allows it. */
  preferred(): UploadProtocol {
    return this.presignedPut.isOpen ? UploadProtocol.PUT : UploadProtocol.TUS;
  }

  of({ protocol }: Pick<StoredUpload, 'protocol'>): UploadTransport {
    return protocol === UploadProtocol.PUT ? this.presignedPut : this.tus;
  }
}
