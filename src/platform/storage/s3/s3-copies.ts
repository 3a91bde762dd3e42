import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { MediaMetadata } from '../media-storage.js';
import { retry, type RetryPolicy } from '../remote/retry-policy.js';
import type { S3Clients } from './s3-clients.js';
import type { S3Parts } from './s3-parts.js';
import { S3_PARTS } from '../store-limits.js';

/** Concurrent parts of one copy. */
const PARTS_AT_ONCE = 4;

/**
 * Copies inside the bucket. A store may send nothing while it copies, and continues after the client has disconnected.
 * So the time-out is long, and a request that failed only after a while is retried once, because each request may start
 * another copy.
 */
export class S3Copies {
  /** `isTransient`: whether a retry may help. */
  constructor(
    private readonly clients: S3Clients,
    private readonly bucket: string,
    private readonly parts: S3Parts,
    private readonly wholeBytes: number,
    private readonly retryPolicy: RetryPolicy,
    private readonly isTransient: (error: unknown) => boolean,
  ) {}

  async copy(from: string, to: string, { contentType, cacheControl }: MediaMetadata): Promise<void> {
    const bytes = await this.sizeOf(from);
    const target = { Bucket: this.bucket, Key: to, ContentType: contentType, CacheControl: cacheControl };
    // Our keys need no escaping (storage-key.ts).
    const CopySource = `${this.bucket}/${from}`;
    if (bytes > this.wholeBytes) await this.splitIntoParts(CopySource, bytes, target);
    else {
      const command = new CopyObjectCommand({ ...target, CopySource, MetadataDirective: 'REPLACE' });
      await this.retryCopy(() => this.clients.copying.send(command));
    }
  }

  private async splitIntoParts(
    CopySource: string,
    bytes: number,
    target: { Bucket: string; Key: string; ContentType: string; CacheControl: string },
  ): Promise<void> {
    const { UploadId } = await this.parts.begin(new CreateMultipartUploadCommand(target));
    const at = { Bucket: this.bucket, Key: target.Key, UploadId };
    try {
      const Parts = await this.copyParts(CopySource, bytes, at);
      await this.parts.complete(
        new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }),
        bytes,
      );
    } catch (error) {
      await this.parts.abort(at).catch(() => undefined);
      throw error;
    }
  }

  /** Rejects only when no part is in progress any more: a part that arrived after the abort would stay. */
  private async copyParts(
    CopySource: string,
    bytes: number,
    at: { Bucket: string; Key: string; UploadId: string | undefined },
  ): Promise<CompletedPart[]> {
    const size = Math.max(this.wholeBytes, Math.ceil(bytes / S3_PARTS));
    const turns = pLimit({ concurrency: PARTS_AT_ONCE, rejectOnClear: true });
    const copyPart = async (PartNumber: number): Promise<CompletedPart> => {
      const start = (PartNumber - 1) * size;
      const CopySourceRange = `bytes=${start}-${Math.min(start + size, bytes) - 1}`;
      const command = new UploadPartCopyCommand({ ...at, CopySource, CopySourceRange, PartNumber });
      try {
        const { CopyPartResult } = await this.retryCopy(() => this.clients.copying.send(command));
        return { PartNumber, ETag: CopyPartResult?.ETag };
      } catch (error) {
        turns.clearQueue();
        throw error;
      }
    };
    const numbers = Array.from({ length: Math.ceil(bytes / size) }, (_, i) => i + 1);
    const copied = await Promise.allSettled(numbers.map((number) => turns(copyPart, number)));
    return copied.map((part) => {
      if (part.status === 'rejected') throw part.reason as Error;
      return part.value;
    });
  }

  private retryCopy<T>(work: () => Promise<T>): Promise<T> {
    let beganAt = 0;
    let long = 0;
    const asked = (): Promise<T> => {
      beganAt = Date.now();
      return work();
    };
    const mayAskAgain = (error: unknown): boolean =>
      this.isTransient(error) && (Date.now() - beganAt < this.retryPolicy.idleMs || ++long === 1);
    return retry(asked, mayAskAgain, this.retryPolicy);
  }

  private async sizeOf(key: string): Promise<number> {
    const question = new HeadObjectCommand({ Bucket: this.bucket, Key: key });
    const found = await retry(() => this.clients.reading.send(question), this.isTransient, this.retryPolicy);
    return found.ContentLength as number;
  }
}
