import type { Writable } from 'node:stream';
import { Logger } from '@nestjs/common';
import Upload from 'graphql-upload/Upload.mjs';
import type { FileUpload } from '../../platform/graphql/upload.scalar.js';
import { spoolFailure } from '../pipeline/spool-failure.js';

const logger = new Logger('Uploads');

/** graphql-upload's file on disk, which is written and read at the same time; the library's types leave it out. */
type Spooled = FileUpload & { capacitor: Writable };

/**
 * Ends the readers of a file whose spool cannot be written: graphql-upload itself only stops writing, and readers would
 * wait for ever with open descriptors. Call before the first byte of a file can have failed.
 */
export function endReadersWithSpool(operations: unknown): void {
  for (const upload of uploadsIn(operations)) {
    // A file that never arrives is reported by the parser.
    upload.promise.then((file) => watch(file as Spooled)).catch(() => undefined);
  }
}

function watch(file: Spooled): void {
  const { capacitor, createReadStream } = file;
  let failure: Error | undefined;
  capacitor.on('error', (error: Error) => {
    if (failure) return;
    failure = spoolFailure(error) ?? error;
    if (failure !== error) logger.error(`an upload cannot be spooled: ${error.message}`);
    // Closes the descriptors, removes the file, and fails its readers.
    capacitor.destroy(failure);
  });
  file.createReadStream = (options) => {
    if (failure) throw failure;
    return createReadStream(options);
  };
}

function uploadsIn(operations: unknown): Upload[] {
  const found: Upload[] = [];
  const pending = [operations];
  while (pending.length > 0) {
    const next = pending.pop();
    if (next instanceof Upload) found.push(next);
    else if (typeof next === 'object' && next !== null) pending.push(...Object.values(next));
  }
  return found;
}
