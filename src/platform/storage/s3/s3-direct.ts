import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { DirectPut, DirectUploads, MediaMetadata } from '../media-storage.js';
import { checkedKey } from '../storage-key.js';
import type { S3Bucket } from './s3-bucket.js';
import type { S3Copies } from './s3-copies.js';

/** Signs uploads of clients into the bucket and copies uploaded objects within it. */
export class S3Direct implements DirectUploads {
  constructor(
    private readonly bucket: S3Bucket,
    private readonly copies: S3Copies,
  ) {}

  /** Content-Length is signed without being among `headers`: every HTTP client sends it, and no page may set it. */
  async sign(key: string, put: MediaMetadata & { bytes: number; seconds: number }): Promise<DirectPut> {
    const headers = { 'Content-Type': put.contentType, 'Cache-Control': put.cacheControl };
    const command = new PutObjectCommand({
      ...this.bucket.at(checkedKey(key)),
      ContentLength: put.bytes,
      ContentType: put.contentType,
      CacheControl: put.cacheControl,
    });
    const url = await getSignedUrl(this.bucket.writing, command, {
      expiresIn: put.seconds,
      signableHeaders: new Set(['host', 'content-length', 'content-type', 'cache-control']),
    });
    return { method: 'PUT', url, headers };
  }

  async copy(from: string, to: string, metadata: MediaMetadata): Promise<void> {
    await this.bucket.requests.explained(this.copies.copy(checkedKey(from), checkedKey(to), metadata));
  }
}
