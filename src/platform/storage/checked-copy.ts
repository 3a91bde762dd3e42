import { createHash } from 'node:crypto';
import { pipeline, Transform, type Readable } from 'node:stream';
import { IMMEDIATELY, retry } from '../async/retry.js';
import { NotFoundError } from '../errors/domain-error.js';
import { contentTypeOf } from './content-type.js';
import { IMMUTABLE, type ListedMedia, type MediaStorage } from './media-storage.js';
import { isNetworkFailure, RetriesExhaustedError } from './remote/store-failure.js';

/** An object is copied this often before its target counts as unreliable. */
const COPYING = { ...IMMEDIATELY, attempts: 3, isTransient: mayCopyAgain };

/** What the caller knows about an object besides its key and size. */
export interface KnownOfObject {
  /** Hexadecimal; null: unknown, so the bytes read from the source count as right. */
  sha256: string | null;
  /** null: derived from the key. */
  contentType: string | null;
}

export interface CheckedObject extends ListedMedia {
  sha256: string;
  /** False when the target had it already. */
  copied: boolean;
}

/** An object whose bytes differ from what they should be, even when read again. */
export class DamagedMediaError extends Error {
  constructor(readonly side: 'source' | 'target') {
    super();
    this.message = this.between('the source', 'the target');
  }

  /** The message, with the names that the caller uses for the two stores. */
  between(source: string, target: string): string {
    return this.side === 'source'
      ? `what ${source} has is not what was uploaded`
      : `what ${target} returns is not what it was given`;
  }
}

/** Waits until `bytes` more may be sent. */
export type Throttle = (bytes: number) => Promise<void>;

/** Copies objects from store to store and reads each one back to verify it. */
export class CheckedCopy {
  constructor(
    private readonly from: MediaStorage,
    private readonly to: MediaStorage,
    private readonly pace?: Throttle,
  ) {}

  /**
   * Makes sure that the target has the same bytes as the source. An object that the target has already is read and
   * copied again only when it differs. Rejects with NotFoundError, UnavailableError or DamagedMediaError.
   */
  async bring({ key, bytes }: ListedMedia, known: KnownOfObject): Promise<CheckedObject> {
    let copied = (await sizeOf(this.to, key)) !== bytes;
    return retry(async () => {
      const read = copied ? await this.put(key, known) : await digestOf(this.from, key);
      if (read.bytes !== bytes || (known.sha256 && read.sha256 !== known.sha256))
        throw new DamagedMediaError('source');
      const arrived = await digestOf(this.to, key);
      if (arrived.bytes === bytes && arrived.sha256 === read.sha256)
        return { key, bytes, sha256: read.sha256, copied };
      copied = true;
      throw new DamagedMediaError('target');
    }, COPYING);
  }

  private async put(key: string, { contentType }: KnownOfObject): Promise<Digest> {
    const { body } = await this.from.open(key);
    const digest = new DigestStream(this.pace);
    // The reader of `digest` receives an error of `body`, so the callback has nothing to do.
    pipeline(body, digest, () => undefined);
    await this.to.put(key, digest, {
      contentType: contentType ?? contentTypeOf(key),
      cacheControl: IMMUTABLE,
    });
    return digest.result();
  }
}

export interface Digest {
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

/** Reads an object to its end. Rejects with NotFoundError. */
export async function digestOf(storage: MediaStorage, key: string): Promise<Digest> {
  return digestOfStream((await storage.open(key)).body);
}

export async function digestOfStream(body: Readable): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Passes bytes through and computes their number and checksum. */
export class DigestStream extends Transform {
  private readonly hash = createHash('sha256');
  private bytes = 0;

  constructor(private readonly pace?: Throttle) {
    super();
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error?: Error | null, data?: Buffer) => void,
  ): void {
    this.hash.update(chunk);
    this.bytes += chunk.length;
    if (!this.pace) done(null, chunk);
    else this.pace(chunk.length).then(() => done(null, chunk), done);
  }

  /** Call once, after the stream has ended. */
  result(): Digest {
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }
}

/**
 * Whether the target has other bytes, or the connection broke in the middle of a file. A request that has exhausted its
 * retries is not repeated.
 */
function mayCopyAgain(error: unknown): boolean {
  if (error instanceof DamagedMediaError) return error.side === 'target';
  return isNetworkFailure(error) && !(error instanceof RetriesExhaustedError);
}

async function sizeOf(storage: MediaStorage, key: string): Promise<number | undefined> {
  try {
    return (await storage.stat(key)).bytes;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
