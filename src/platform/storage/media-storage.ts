import type { Readable } from 'node:stream';
import type { StoreName } from '../config/store-settings.js';

/** What a store must know of an object besides its bytes; stored with it where the store can (S3: yes; a disk, Cloudinary: no). */
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

/** A request that a client may make of the store itself, for one object, once or more until it expires. */
export interface DirectPut {
  method: 'PUT';
  url: string;
  /** To be sent exactly as they are; the signature covers them. */
  headers: Readonly<Record<string, string>>;
}

/** What a store can do that takes files from clients without our help. */
export interface DirectUploads {
  /** Signs a put of exactly `bytes` bytes with this metadata, good for `seconds`. */
  sign(key: string, put: MediaMetadata & { bytes: number; seconds: number }): Promise<DirectPut>;
  /** Makes `to` a copy of `from` inside the store, with this metadata. Rejects with NotFoundError. */
  copy(from: string, to: string, metadata: MediaMetadata): Promise<void>;
}

/**
 * Where bytes live. Knows keys (storage-key.ts), never songs. A key is written once and whole: an interrupted `put`
 * leaves nothing visible, and of two puts at once one wins entirely. Who puts never uses a key that is also the folder
 * of other keys: a disk refuses it with BadInputError, a bucket keeps both; nor does anybody put an object without bytes,
 * which Cloudinary refuses with BadInputError. Who puts or removes sees it done at once; through Cloudinary's CDN other
 * processes may see the earlier state of a key for a while yet. Any method rejects with BadInputError for what is not a key, and with UnavailableError when the store does not
 * answer; an error of the caller's own stream or file is passed on as it is. test/storage-contract.ts is this text,
 * executable.
 */
export abstract class MediaStorage {
  /** Where a put goes. */
  abstract readonly name: StoreName;
  /** null: clients send their files to us. */
  readonly direct: DirectUploads | null = null;

  /** Durable when it resolves. Destroys `body` on failure. Puts may run side by side and are faster so. */
  abstract put(key: string, body: Readable, metadata: MediaMetadata): Promise<void>;
  /** As `put`, from a file on this machine, which stays where it is; changing it later does not change the object. */
  abstract putFile(key: string, path: string, metadata: MediaMetadata): Promise<void>;
  /** Rejects with NotFoundError when nothing is stored under `key`. A range is cut at the object's end. */
  abstract open(key: string, range?: ByteRange): Promise<MediaFile>;
  /** Rejects with NotFoundError when nothing is stored under `key`. */
  abstract stat(key: string): Promise<MediaStat>;
  /**
   * Makes a private copy at `path`, which must not exist; changing it does not change the object. A failure leaves
   * no file. Rejects with NotFoundError.
   */
  abstract download(key: string, path: string): Promise<void>;
  /** Every object whose key starts with `prefix`, a whole folder path ending in "/" ("" = all); in no promised order. */
  abstract list(prefix: string): AsyncIterable<ListedMedia>;
  /** Removes one key, or with a trailing "/" everything below it. Removing what is not there is no error. */
  abstract remove(keyOrPrefix: string): Promise<void>;
  /**
   * Rejects with UnavailableError unless objects can be written and removed. Cheap to ask: of a store that bills
   * requests a good answer may be a minute old, and rests on a write that may be an hour old.
   */
  abstract check(): Promise<void>;
}
