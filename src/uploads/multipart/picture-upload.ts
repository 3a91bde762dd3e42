import type { Readable } from 'node:stream';
import { checkFileSize } from '../../artwork/cover-rules.js';
import { toUploadError } from '../pipeline/spool-failure.js';

/**
 * Reads an uploaded picture into memory. Throws ArtworkInvalidError as soon as it exceeds the size limit of covers,
 * TooLargeError, UploadAbortedError.
 */
export async function pictureOf(stream: Readable, uploadLimit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.once('error', () => undefined); // the stream may still fail after the loop has ended
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      checkFileSize(bytes);
      chunks.push(chunk);
    }
  } catch (error) {
    throw toUploadError(error, uploadLimit);
  }
  return Buffer.concat(chunks);
}
