import type { IncomingFile } from '../pipeline/incoming-file.js';
import type { StoredUpload, UploadHeader, UploadProtocol } from './pending-upload.js';

/** A way by which promised files come in, and where their bytes wait to be judged. */
export abstract class UploadTransport {
  abstract readonly protocol: UploadProtocol;

  /** Where the client sends its file; `base`: the beginning of our own URLs. May be asked again. */
  abstract open(upload: StoredUpload, base: string): Promise<{ url: string; headers: UploadHeader[] }>;
  /** Throws UploadIncompleteError or WrongLengthError. */
  abstract assertComplete(upload: StoredUpload): Promise<void>;
  /** What has arrived, in a form that whoever sent it cannot change any more. */
  abstract receivedFile(upload: StoredUpload): Promise<IncomingFile>;
  /** What has arrived of it, if anything. */
  abstract remove(id: string): Promise<void>;
  /** Of which uploads there is anything. */
  abstract ids(): AsyncIterable<string>;
}

/** What every way knows of the file it hands over. */
export function declaredFacts({
  _id,
  fileName,
  bytes,
  sha256,
}: StoredUpload): Pick<IncomingFile, 'name' | 'bytes' | 'sha256' | 'uploadId'> {
  return { name: fileName, bytes, sha256, uploadId: _id };
}
