import { Injectable } from '@nestjs/common';
import { PresignedPutTransport } from './presigned-put-transport.js';
import { UploadProtocol, type StoredUpload } from './pending-upload.js';
import { TusTransport } from '../tus/tus-transport.js';
import type { UploadTransport } from './upload-transport.js';

/** Every way there is. */
@Injectable()
export class UploadTransports {
  constructor(
    private readonly direct: PresignedPutTransport,
    private readonly resumable: TusTransport,
  ) {}

  /** Past us, where the store allows it. */
  preferred(): UploadProtocol {
    return this.direct.isOpen ? UploadProtocol.PUT : UploadProtocol.TUS;
  }

  of({ protocol }: Pick<StoredUpload, 'protocol'>): UploadTransport {
    return protocol === UploadProtocol.PUT ? this.direct : this.resumable;
  }
}
