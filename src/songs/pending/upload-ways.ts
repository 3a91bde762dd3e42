import { Injectable } from '@nestjs/common';
import { DirectObjects } from './direct-objects.js';
import { UploadProtocol, type StoredUpload } from './pending-upload.js';
import { ResumableFiles } from './resumable-files.js';
import type { UploadWay } from './upload-way.js';

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
