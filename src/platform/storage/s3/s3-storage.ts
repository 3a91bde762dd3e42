import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { StoreSettings } from '../../config/store-settings.js';
import type { ByteRange, ListedMedia, MediaFile, MediaMetadata, MediaStat } from '../media-storage.js';
import { RemoteBody } from '../remote/remote-body.js';
import { RemoteStorage } from '../remote/remote-storage.js';
import { DEFAULT_RETRY_POLICY, type StoreRetryPolicy } from '../remote/retry-policy.js';
import { S3_PART_BYTES, S3_PARTS, S3_WHOLE_BYTES } from '../store-limits.js';
import { S3Bucket } from './s3-bucket.js';
import { S3Copies } from './s3-copies.js';
import { S3Direct } from './s3-direct.js';
import { S3Multipart } from './s3-multipart.js';

/** Concurrent parts of a stream of unknown length; each put keeps this many in memory. */
const PARTS_AT_ONCE = 2;

/** Smaller files, which include all segments, are read at once: one system call, and easy to retry. */
const READ_WHOLE_BYTES = 1024 ** 2;

/**
 * Objects removed per request, though S3 allows 1,000: some stores remove one after the other and send nothing
 * meanwhile.
 */
const REMOVED_AT_ONCE = 100;

/** How often a listing that still shows removed objects is repeated. */
const LAGGING_LISTINGS = 10;

/** Media in a bucket of Amazon S3, Cloudflare R2, MinIO or another store with the S3 API. */
export class S3Storage extends RemoteStorage {
  readonly name = 's3';
  override readonly direct: S3Direct;
  private readonly bucket: S3Bucket;
  private readonly multipart: S3Multipart;

  constructor(
    settings: StoreSettings,
    policy: StoreRetryPolicy = DEFAULT_RETRY_POLICY,
    wholeBytes = S3_WHOLE_BYTES,
  ) {
    const bucket = new S3Bucket(settings, policy);
    super(bucket.requests, wholeBytes);
    this.bucket = bucket;
    this.multipart = new S3Multipart(bucket);
    this.direct = new S3Direct(bucket, new S3Copies(bucket, this.multipart, wholeBytes));
  }

  onModuleDestroy(): void {
    this.bucket.destroy();
  }

  protected async storeStream(
    key: string,
    body: Readable,
    metadata: MediaMetadata,
    bytes?: number,
  ): Promise<void> {
    const upload = new Upload({
      client: this.multipart.uploadClient(),
      params: { ...this.bucket.at(key), ...headersOf(metadata), Body: body },
      partSize: partBytesOf(bytes ?? 0),
      queueSize: PARTS_AT_ONCE,
    });
    // A stream shorter than one part becomes a PutObject. A failed upload is aborted, so that no billed part stays.
    await upload.done();
  }

  protected async storeFile(
    key: string,
    path: string,
    bytes: number,
    metadata: MediaMetadata,
  ): Promise<void> {
    if (bytes <= READ_WHOLE_BYTES) return this.storeBytes(key, await readFile(path), metadata);
    const gone = new AbortController();
    const file = createReadStream(path, { end: bytes - 1 });
    let broken: Error | undefined;
    // Without this the request would wait for the rest of the file.
    file.on('error', (error) => gone.abort((broken = error)));
    const put = new PutObjectCommand({
      ...this.bucket.at(key),
      ...headersOf(metadata),
      Body: file,
      ContentLength: bytes,
    });
    try {
      await this.bucket.writing.send(put, { abortSignal: gone.signal });
    } catch (error) {
      throw broken ?? error;
    } finally {
      file.destroy();
    }
  }

  protected async storeBytes(key: string, bytes: Buffer, metadata: MediaMetadata): Promise<void> {
    await this.bucket.writing.send(
      new PutObjectCommand({ ...this.bucket.at(key), ...headersOf(metadata), Body: bytes }),
    );
  }

  protected async fetch(key: string, range?: ByteRange): Promise<MediaFile> {
    const Range = range && `bytes=${range.start}-${range.end}`;
    try {
      const found = await this.bucket.reading.send(new GetObjectCommand({ ...this.bucket.at(key), Range }));
      const bytes = Number(found.ContentRange?.split('/')[1] ?? found.ContentLength);
      const body = new RemoteBody(found.Body as IncomingMessage, this.requests.policy.idleMs);
      return { bytes, modifiedAt: found.LastModified as Date, body };
    } catch (error) {
      if ((error as Error).name !== 'InvalidRange') throw error;
      // S3 rejects a range beyond the end; MediaStorage returns an empty one.
      return { ...(await this.examine(key)), body: Readable.from([]) };
    }
  }

  protected async examine(key: string): Promise<MediaStat> {
    const found = await this.bucket.reading.send(new HeadObjectCommand(this.bucket.at(key)));
    return { bytes: found.ContentLength as number, modifiedAt: found.LastModified as Date };
  }

  protected async page(prefix: string, cursor?: string): Promise<{ media: ListedMedia[]; next?: string }> {
    const page = await this.bucket.reading.send(
      new ListObjectsV2Command({ Bucket: this.bucket.name, Prefix: prefix, ContinuationToken: cursor }),
    );
    const media = (page.Contents ?? []).map(({ Key, Size }) => ({
      key: Key as string,
      bytes: Size as number,
    }));
    return { media, ...(page.IsTruncated && { next: page.NextContinuationToken as string }) };
  }

  protected async erase(key: string): Promise<void> {
    await this.bucket.writing.send(new DeleteObjectCommand(this.bucket.at(key)));
  }

  /**
   * Lists from the beginning after each page until a listing is empty, so that objects put meanwhile are removed, too.
   */
  protected async erasePrefix(prefix: string): Promise<void> {
    let lagging = 0;
    let gone = new Set<string>();
    for (;;) {
      const { media } = await this.requests.send(() => this.page(prefix));
      if (media.length === 0) return;
      // Some S3-compatible stores still list objects that were removed a moment ago.
      if (media.every(({ key }) => gone.has(key))) {
        if (++lagging > LAGGING_LISTINGS) return;
        await sleep(this.requests.policy.firstPauseMs);
      }
      for (let at = 0; at < media.length; at += REMOVED_AT_ONCE) {
        await this.requests.send(() => this.eraseAll(media.slice(at, at + REMOVED_AT_ONCE)));
      }
      gone = new Set(media.map(({ key }) => key));
    }
  }

  protected async ping(): Promise<void> {
    await this.bucket.reading.send(new HeadBucketCommand({ Bucket: this.bucket.name }));
  }

  protected sweep(): Promise<void> {
    return this.multipart.sweep();
  }

  private async eraseAll(media: ListedMedia[]): Promise<void> {
    const Objects = media.map(({ key }) => ({ Key: key }));
    const { Errors } = await this.bucket.writing.send(
      new DeleteObjectsCommand({ Bucket: this.bucket.name, Delete: { Objects, Quiet: true } }),
    );
    const refused = Errors?.find(({ Code }) => Code !== 'NoSuchKey');
    if (refused) throw Object.assign(new Error(refused.Message), { name: refused.Code ?? 'InternalError' });
  }
}

/** A part size with which an object of this size has no more parts than S3 allows. */
function partBytesOf(bytes: number): number {
  return Math.max(S3_PART_BYTES, Math.ceil(bytes / S3_PARTS));
}

function headersOf({ contentType, cacheControl }: MediaMetadata): {
  ContentType: string;
  CacheControl: string;
} {
  return { ContentType: contentType, CacheControl: cacheControl };
}
