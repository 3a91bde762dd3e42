import type { Writable } from 'node:stream';
import { Logger } from '@nestjs/common';
import Upload from 'graphql-upload/Upload.mjs';
import type { FileUpload } from '../../platform/graphql/upload.scalar.js';
import { spoolFailure } from './disk-space.js';

const logger = new Logger('Uploads');

/** graphql-upload's file on disk, which it fills and reads at the same time; its types do not show it. */
type Spooled = FileUpload & { capacitor: Writable };

/**
 * Ends the reading of a file whose spool cannot be written: graphql-upload alone would stop writing and let readers wait
 * for ever, with the descriptors open. Call before the first byte of a file can have failed.
 */
export function endReadersWithSpool(operations: unknown): void {
  for (const upload of uploadsIn(operations)) {
    // One that never arrives is told by the parser.
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
    // Closes the descriptors, removes the file, and tells whoever reads.
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
