import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { SWIFT, SWIFT_PYTHON } from './programs.js';
import { tempDir } from './temp-dir.js';

/**
 * A real S3 server: OpenStack Swift with its S3 API, in processes of its own, on a free port, in a temporary folder.
 * It verifies signatures (SigV4, header and presigned) and Content-MD5. It runs as a single node.
 */
export class S3TestServer {
  readonly region = 'us-east-1';
  readonly bucket = 'media';
  readonly accessKeyId = 'server:media';
  readonly secretAccessKey = 'correct-horse-battery';

  private constructor(
    readonly endpoint: string,
    private readonly child: ChildProcess,
    private readonly folder: string,
  ) {}

  /**
   * Lists `page` objects at a time. The ports are chosen before they are opened; if another process takes one in
   * between, new ports are chosen.
   */
  static async start({ page = 1000, attempts = 3 } = {}): Promise<S3TestServer> {
    try {
      return await S3TestServer.startOnce(page);
    } catch (error) {
      if (attempts <= 1) throw error;
      return S3TestServer.start({ page, attempts: attempts - 1 });
    }
  }

  private static async startOnce(page: number): Promise<S3TestServer> {
    const folder = tempDir('s3-server');
    const child = spawn(SWIFT_PYTHON, [resolve('test/support/swift-store.py'), folder, String(page)], {
      env: {
        PATH: process.env.PATH,
        USER: process.env.USER ?? 'root',
        PYTHONPATH: join(SWIFT, 'usr/lib/python3/dist-packages'),
        PYTHONDONTWRITEBYTECODE: '1',
        LD_LIBRARY_PATH: ['x86_64-linux-gnu', 'aarch64-linux-gnu']
          .map((of) => join(SWIFT, 'usr/lib', of))
          .join(':'),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
    const endpoint = await new Promise<string>((ready, reject) => {
      child.once('exit', () => reject(new Error(`Swift did not start:\n${errors.slice(-15).join('\n')}`)));
      child.once('error', reject);
      createInterface({ input: child.stdout }).once('line', (line) => ready(line.replace('ready ', '')));
    });
    const server = new S3TestServer(endpoint, child, folder);
    await server.createBucket(server.bucket);
    return server;
  }

  /** S3_* settings of a server that keeps its media here; `through` is the URL of a proxy. */
  env(through = this.endpoint): Record<string, string> {
    return {
      S3_ENDPOINT: through,
      S3_REGION: this.region,
      S3_BUCKET: this.bucket,
      S3_ACCESS_KEY_ID: this.accessKeyId,
      S3_SECRET_ACCESS_KEY: this.secretAccessKey,
      S3_FORCE_PATH_STYLE: 'true',
    };
  }

  async createBucket(name: string): Promise<void> {
    await this.ask((client) => client.send(new CreateBucketCommand({ Bucket: name })));
  }

  /** The first page of keys below `prefix`. */
  async keys(prefix = '', bucket = this.bucket): Promise<string[]> {
    const { Contents = [] } = await this.ask((client) =>
      client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix })),
    );
    return Contents.map(({ Key }) => Key as string);
  }

  /** Keys of multi-part uploads that were neither completed nor aborted. */
  async unfinishedUploads(bucket = this.bucket): Promise<string[]> {
    const { Uploads } = await this.ask((client) =>
      client.send(new ListMultipartUploadsCommand({ Bucket: bucket })),
    );
    return (Uploads ?? []).map(({ Key }) => Key as string);
  }

  /** Uses the store directly with the AWS SDK, without our storage code. */
  async ask<T>(question: (client: S3Client) => Promise<T>): Promise<T> {
    const client = new S3Client({
      endpoint: this.endpoint,
      region: this.region,
      forcePathStyle: true,
      credentials: { accessKeyId: this.accessKeyId, secretAccessKey: this.secretAccessKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    try {
      return await question(client);
    } finally {
      client.destroy();
    }
  }

  async close(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.stdin?.end();
    await gone;
  }
}
