import type { IncomingFile } from '../pipeline/upload-spool.service.js';
import type { StoredUpload, UploadHeader, UploadProtocol } from './pending-upload.schema.js';

/** How the bytes of an upload are received, and where they wait for validation. */
export abstract class UploadTransport {
  abstract readonly protocol: UploadProtocol;

  /**
   * The URL and headers with which the client sends the file. `base` is the origin of this server. May be called
   * again.
   */
  abstract open(upload: StoredUpload, base: string): Promise<{ url: string; headers: UploadHeader[] }>;
  /** Checks that all announced bytes have arrived. Throws UploadIncompleteError or WrongLengthError. */
  abstract assertComplete(upload: StoredUpload): Promise<void>;
  /** The received file in a form that the client can no longer change. */
  abstract receivedFile(upload: StoredUpload): Promise<IncomingFile>;
  /** Removes the bytes received for an upload, if there are any. */
  abstract remove(id: string): Promise<void>;
  /** Ids of all uploads for which bytes have been received. */
  abstract ids(): AsyncIterable<string>;
}

/** What the client declared about the file, which is the same for every transport. */
export function declaredFacts({
  _id,
  fileName,
  bytes,
  sha256,
}: StoredUpload): Pick<IncomingFile, 'name' | 'bytes' | 'sha256' | 'uploadId'> {
  return { name: fileName, bytes, sha256, uploadId: _id };
}
