import { createHash } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { StoreSettings } from '../../config/store-settings.js';
import type { StoreRetryPolicy } from '../remote/retry-policy.js';
import { StoreRequests } from '../remote/store-requests.js';
import { s3FailureOf } from './s3-failures.js';

/** Connections for reading; further reads wait for a free one. */
const READING_SOCKETS = 512;

const SILENT_LOG = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * One bucket: its connections, and the requests that are sent through them. There are three clients, because their
 * time-outs differ. While writing, an idle connection is the store's fault. While reading, the listener may have paused
 * (remote/remote-body.ts), and reads must not take the sockets that uploads need. While the store copies within itself,
 * a long idle time is normal.
 */
export class S3Bucket {
  readonly name: string;
  readonly requests: StoreRequests;
  readonly reading: S3Client;
  readonly writing: S3Client;
  readonly copying: S3Client;

  constructor(settings: StoreSettings, policy: StoreRetryPolicy) {
    const { connectMs, idleMs, copyIdleMs } = policy;
    this.name = settings.S3_BUCKET;
    this.requests = new StoreRequests(policy, s3FailureOf);
    const common: S3ClientConfig = {
      region: settings.S3_REGION,
      ...(settings.S3_ENDPOINT && { endpoint: settings.S3_ENDPOINT }),
      forcePathStyle: settings.S3_FORCE_PATH_STYLE,
      credentials: { accessKeyId: settings.S3_ACCESS_KEY_ID, secretAccessKey: settings.S3_SECRET_ACCESS_KEY },
      // The newer checksums are Amazon's own; R2, MinIO and others refuse some of them.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // Retries are made in remote/store-requests.ts, because the SDK does not retry a request with a file stream.
      maxAttempts: 1,
      logger: SILENT_LOG,
    };
    this.reading = new S3Client({
      ...common,
      requestHandler: {
        connectionTimeout: connectMs,
        requestTimeout: idleMs,
        throwOnRequestTimeout: true,
        socketTimeout: 0,
        httpAgent: { keepAlive: true, maxSockets: READING_SOCKETS },
        httpsAgent: { keepAlive: true, maxSockets: READING_SOCKETS },
      },
    });
    this.writing = new S3Client({
      ...common,
      requestHandler: { connectionTimeout: connectMs, socketTimeout: idleMs },
    });
    sendContentMd5(this.writing);
    this.copying = new S3Client({
      ...common,
      requestHandler: { connectionTimeout: connectMs, socketTimeout: copyIdleMs },
    });
  }

  at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.name, Key: key };
  }

  destroy(): void {
    this.reading.destroy();
    this.writing.destroy();
    this.copying.destroy();
  }
}

/**
 * Adds Content-MD5 to DeleteObjects: every S3 knows it, the SDK sends only a newer checksum (Amazon accepts either).
 */
function sendContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const request = args.request as { body?: unknown; headers: Record<string, string> };
        if (commandName === 'DeleteObjectsCommand' && typeof request.body === 'string') {
          request.headers['Content-MD5'] = createHash('md5').update(request.body).digest('base64');
        }
        return next(args);
      },
    { step: 'build', name: 'contentMd5', priority: 'low' },
  );
}
