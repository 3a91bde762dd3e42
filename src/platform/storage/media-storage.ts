import type { Readable } from 'node:stream';
import type { StoreName } from '../config/store-settings.js';

/** Metadata of an object, stored with it if the store can (S3 can; a disk and Cloudinary cannot). */
export interface MediaMetadata {
  contentType: string;
  cacheControl: string;
}

/** Cache-Control of everything published: a path never changes its content (RFC 8246). */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

/** Inclusive byte positions, as in RFC 9110 14.1.2. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface MediaStat {
  /** Size of the whole object, bytes, also when a range was requested. */
  bytes: number;
  modifiedAt: Date;
}

export interface MediaFile extends MediaStat {
  /** The requested bytes. The caller must consume or destroy the stream. */
  body: Readable;
}

export interface ListedMedia {
  key: string;
  bytes: number;
}

/** A request that a client may send to the store itself, for one object, repeatedly until it expires. */
export interface DirectPut {
  method: 'PUT';
  url: string;
  /** The client must send them unchanged, because the signature covers them. */
  headers: Readonly<Record<string, string>>;
}

/** What a store offers if clients can upload to it directly. */
export interface DirectUploads {
  /** Signs a put of exactly `bytes` bytes with this metadata, valid for `seconds`. */
  sign(key: string, put: MediaMetadata & { bytes: number; seconds: number }): Promise<DirectPut>;
  /** Makes `to` a copy of `from` inside the store, with this metadata. Rejects with NotFoundError. */
  copy(from: string, to: string, metadata: MediaMetadata): Promise<void>;
}

/**
 * Stores bytes under keys (storage-key.ts); it knows nothing about songs. test/storage-contract.ts checks these rules:
 *
 * - *Keys*: callers never use a key that is also the folder of other keys (a disk refuses it with BadInputError, a
 *   bucket keeps both).
 * - *Content*: callers never put an object without bytes (Cloudinary refuses it with BadInputError).
 * - *Atomicity*: an interrupted `put` leaves nothing visible, and of two puts at the same time one wins entirely.
 * - *Visibility*: the process that puts or removes an object sees the new state at once; through Cloudinary's CDN other
 *   processes may see the earlier state for a while.
 * - *Errors*: every method rejects with BadInputError for an invalid key and with UnavailableError when the store does
 *   not answer; an error of the caller's own stream or file is passed on unchanged.
 */
export abstract class MediaStorage {
  /** The store that a put writes to. */
  abstract readonly name: StoreName;
  /** null: the store cannot take uploads from clients; they send files to this server. */
  readonly direct: DirectUploads | null = null;

  /** The object is durable when this resolves. Destroys `body` on failure. Concurrent puts are allowed and faster. */
  abstract put(key: string, body: Readable, metadata: MediaMetadata): Promise<void>;
  /** Like `put`, from a local file, which is kept; changing the file later does not change the object. */
  abstract putFile(key: string, path: string, metadata: MediaMetadata): Promise<void>;
  /** Rejects with NotFoundError when nothing is stored under `key`. A range is cut off at the end of the object. */
  abstract open(key: string, range?: ByteRange): Promise<MediaFile>;
  /** Rejects with NotFoundError when nothing is stored under `key`. */
  abstract stat(key: string): Promise<MediaStat>;
  /**
   * Copies the object to `path`, which must not exist; changing the copy does not change the object. A failure leaves
   * no file. Rejects with NotFoundError when nothing is stored under `key`.
   */
  abstract download(key: string, path: string): Promise<void>;
  /** Every object whose key starts with `prefix`, a folder path ending in "/" ("" = all), in no guaranteed order. */
  abstract list(prefix: string): AsyncIterable<ListedMedia>;
  /** Removes one key, or with a trailing "/" everything below it. Removing a missing object is not an error. */
  abstract remove(keyOrPrefix: string): Promise<void>;
  /**
   * Rejects with UnavailableError unless objects can be written and removed. The call is cheap: if the store bills
   * requests, a good answer may be a minute old and the write it is based on an hour old.
   */
  abstract check(): Promise<void>;
}
