import { Injectable } from '@nestjs/common';
import { DirectObjects } from './presigned-put-transport.js';
import { UploadProtocol, type StoredUpload } from './pending-upload.js';
import { ResumableFiles } from '../tus/tus-transport.js';
import type { UploadWay } from './upload-transport.js';

/** Every way there is. */
@Injectable()
export class UploadWays {
  constructor(
    private readonly direct: DirectObjects,
    private readonly resumable: ResumableFiles,
  ) {}

  /** Past us, where the store allows it. */
  preferred(): UploadProtocol {
    return this.direct.isOpen ? UploadProtocol.PUT : UploadProtocol.TUS;
  }

  of({ protocol }: Pick<StoredUpload, 'protocol'>): UploadWay {
    return protocol === UploadProtocol.PUT ? this.direct : this.resumable;
  }
}
