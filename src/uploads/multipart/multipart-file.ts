import type { Readable } from 'node:stream';
import { BadInputError } from '../../platform/errors/domain-error.js';
import type { FileUpload } from '../../platform/graphql/upload.scalar.js';
import type { IncomingFile } from '../pipeline/upload-spool.service.js';

const used = new WeakSet<FileUpload>();

/** A file inside a GraphQL multipart request. */
export class MultipartFile implements IncomingFile {
  /** Throws BadInputError if the upload is used twice: N aliases of it would make N copies from one request. */
  constructor(private readonly upload: FileUpload) {
    if (used.has(upload))
      throw new BadInputError('The same upload is used twice in this request; send one file per song.');
    used.add(upload);
  }

  get name(): string {
    return this.upload.filename ?? '';
  }

  open(): Readable {
    return this.upload.createReadStream();
  }
}
