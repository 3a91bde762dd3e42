import type { Readable } from 'node:stream';

/** What a store must know of an object besides its bytes; stored with it where the store can. */
export interface MediaMetadata {
  contentType: string;
  cacheControl: string;
}

/** Inclusive byte positions, as in RFC 9110 14.1.2. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface MediaStat {
  /** Whole size, bytes, whatever range was asked for. */
  bytes: number;
  modifiedAt: Date;
}

export interface MediaFile extends MediaStat {
  /** The bytes asked for. Whoever opened it must consume or destroy it. */
  body: Readable;
}

export interface ListedMedia {
  key: string;
  bytes: number;
}

/**
 * Where bytes live. Knows keys (slash-separated relative paths), never songs. A key is written once and whole: an
 * interrupted `put` leaves nothing visible. Any method may reject with UnavailableError when the store does not answer.
 */
export abstract class MediaStorage {
  /** Durable when it resolves. Destroys `body` on failure. */
  abstract put(key: string, body: Readable, metadata: MediaMetadata): Promise<void>;
  /** As `put`, from a file on this machine, which stays where it is. */
  abstract putFile(key: string, path: string, metadata: MediaMetadata): Promise<void>;
  /** Rejects with NotFoundError when nothing is stored under `key`. */
  abstract open(key: string, range?: ByteRange): Promise<MediaFile>;
  /** Rejects with NotFoundError when nothing is stored under `key`. */
  abstract stat(key: string): Promise<MediaStat>;
  /** Makes a private copy at `path` (which must not exist). Rejects with NotFoundError. */
  abstract download(key: string, path: string): Promise<void>;
  /** Every object whose key starts with `prefix`, a whole folder path ending in "/"; in no promised order. */
  abstract list(prefix: string): AsyncIterable<ListedMedia>;
  /** Removes one key, or with a trailing "/" everything below it. Removing what is not there is no error. */
  abstract remove(keyOrPrefix: string): Promise<void>;
  /** Rejects with UnavailableError unless an object can be written and removed now. */
  abstract check(): Promise<void>;
}
