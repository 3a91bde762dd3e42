import type { Readable } from 'node:stream';

/** A file on its way in, whichever way it comes: in a GraphQL request, by tus, or through the store. */
export interface IncomingFile {
  /** As the client calls it: hearsay. */
  readonly name: string;
  /** Its bytes, once. */
  open(): Readable | Promise<Readable>;
  /** How many, when that is known before. */
  readonly bytes?: number;
  /** SHA-256 as the client has calculated it, hex. */
  readonly sha256?: string;
  /** Where the store has these bytes already and nobody can change them. */
  readonly stored?: string;
  /** The pending upload it came by. */
  readonly uploadId?: string;
}
