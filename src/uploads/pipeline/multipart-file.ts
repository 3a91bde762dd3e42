import type { Readable } from 'node:stream';
import { BadInputError } from '../../platform/errors/domain-error.js';
import type { FileUpload } from '../../platform/graphql/upload.scalar.js';
import type { IncomingFile } from './incoming-file.js';

const claimed = new WeakSet<FileUpload>();

/** A file inside a GraphQL multipart request. */
export class MultipartFile implements IncomingFile {
  /** Throws BadInputError: N aliases of one upload would be N copies from one request. */
  constructor(private readonly upload: FileUpload) {
    if (claimed.has(upload)) throw new BadInputError('One file makes one song: this upload is used twice.');
    claimed.add(upload);
  }

  get name(): string {
    return this.upload.filename ?? '';
  }

  open(): Readable {
    return this.upload.createReadStream();
  }
}
