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
import { COPYING } from '../remote/store-requests.js';
import { S3_PARTS } from '../store-limits.js';
import type { S3Bucket } from './s3-bucket.js';
import type { S3Multipart } from './s3-multipart.js';

/** Concurrent parts of one copy. */
const PARTS_AT_ONCE = 4;

/**
 * Copies inside the bucket. A store may send nothing while it copies, so the time-out is long, and a request that failed
 * late is sent only once more (COPYING).
 */
export class S3Copies {
  /** `wholeBytes`: larger objects are copied in parts. */
  constructor(
    private readonly bucket: S3Bucket,
    private readonly multipart: S3Multipart,
    private readonly wholeBytes: number,
  ) {}

  async copy(from: string, to: string, { contentType, cacheControl }: MediaMetadata): Promise<void> {
    const bytes = await this.sizeOf(from);
    const target = { ...this.bucket.at(to), ContentType: contentType, CacheControl: cacheControl };
    // Our keys need no escaping (storage-key.ts).
    const CopySource = `${this.bucket.name}/${from}`;
    if (bytes > this.wholeBytes) await this.copyInParts(CopySource, bytes, target);
    else {
      const command = new CopyObjectCommand({ ...target, CopySource, MetadataDirective: 'REPLACE' });
      await this.bucket.requests.send(() => this.bucket.copying.send(command), COPYING);
    }
  }

  private async copyInParts(
    CopySource: string,
    bytes: number,
    target: { Bucket: string; Key: string; ContentType: string; CacheControl: string },
  ): Promise<void> {
    const { UploadId } = await this.multipart.begin(new CreateMultipartUploadCommand(target));
    const at = { ...this.bucket.at(target.Key), UploadId };
    try {
      const Parts = await this.copyParts(CopySource, bytes, at);
      await this.multipart.complete(
        new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }),
        bytes,
      );
    } catch (error) {
      await this.multipart.abort(at).catch(() => undefined);
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
        const { CopyPartResult } = await this.bucket.requests.send(
          () => this.bucket.copying.send(command),
          COPYING,
        );
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

  private async sizeOf(key: string): Promise<number> {
    const question = new HeadObjectCommand(this.bucket.at(key));
    const found = await this.bucket.requests.send(() => this.bucket.reading.send(question));
    return found.ContentLength as number;
  }
}
