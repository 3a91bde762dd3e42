import type { Readable } from 'node:stream';

/** A file that is being received: in a GraphQL request, by tus, or by a presigned PUT. */
export interface IncomingFile {
  /** The file name given by the client, not to be trusted. */
  readonly name: string;
  /** Streams the content. May be called once. */
  open(): Readable | Promise<Readable>;
  /** Size, bytes, if it is known in advance. */
  readonly bytes?: number;
  /** SHA-256 as calculated by the client, hex. */
  readonly sha256?: string;
  /** Storage key of a copy of these bytes that can no longer change, if the store has one. */
  readonly stored?: string;
  /** Id of the pending upload that received the file. */
  readonly uploadId?: string;
}
