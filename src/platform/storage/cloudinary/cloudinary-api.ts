import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { v2 } from 'cloudinary';
import type { StoreSettings } from '../../config/store-settings.js';
import type { StoreRetryPolicy } from '../remote/retry-policy.js';

/** Raw files: stored and delivered as they are, the public id is the whole name. */
const RAW = { resource_type: 'raw', type: 'upload' } as const;

export interface CloudinaryPage {
  resources: { public_id: string; bytes: number }[];
  next_cursor?: string;
}

export interface CloudinaryRemoval {
  keys: string[];
  more: boolean;
  next: string | undefined;
}

/** The largest page of its Admin API (Admin API reference, "Get resources"). */
const PAGE = 500;

/**
 * Cloudinary's Upload API (`upload`, `destroy`) and its Admin API, of which a free account may ask 500 things an hour
 * (support article "Are Cloudinary APIs rate-limited?": the Upload API is not), through its own SDK. Rejects with what
 * the SDK says (cloudinary-failures.ts).
 */
export class CloudinaryApi {
  readonly cloud: string;
  private readonly account: Record<string, unknown>;

  constructor(settings: StoreSettings, { idleMs }: StoreRetryPolicy) {
    const url = new URL(settings.CLOUDINARY_URL);
    this.cloud = url.hostname;
    this.account = {
      cloud_name: url.hostname,
      api_key: url.username,
      api_secret: url.password,
      upload_prefix: settings.CLOUDINARY_API_URL,
      timeout: idleMs,
      // The agent also decides between http and https, which the SDK does while it is being loaded.
      agent: agentWithIdleTimeout(settings.CLOUDINARY_API_URL.startsWith('https:'), idleMs),
      // Without this the SDK also rejects a promise, which would be unhandled.
      disable_promises: true,
    };
  }

  /**
   * Sends one request. With `part`, the object becomes visible with the last part. Resolves with the stored version.
   */
  upload(key: string, bytes: Buffer, part?: { id: string; range: string }): Promise<number | undefined> {
    const options = {
      ...this.account,
      ...RAW,
      public_id: key,
      overwrite: true,
      invalidate: true,
      ...(part && { x_unique_upload_id: part.id, content_range: part.range }),
    };
    return new Promise((resolve, reject) => {
      const stream = v2.uploader.upload_stream(options, (failure, stored) => {
        if (failure) reject(failure as unknown as Error);
        else resolve(stored?.version);
      });
      stream.end(bytes);
    });
  }

  async destroy(key: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      void v2.uploader.destroy(key, { ...this.account, ...RAW, invalidate: true }, (failure: unknown) => {
        if (failure) reject(failure as Error);
        else resolve();
      });
    });
  }

  /** Removes up to 1,000 objects at a time; resolves with their keys and whether more are left. */
  async destroyBelow(prefix: string, cursor?: string): Promise<CloudinaryRemoval> {
    const options = { ...this.account, ...RAW, invalidate: true, next_cursor: cursor };
    const { deleted, partial, next_cursor } = (await v2.api.delete_resources_by_prefix(prefix, options)) as {
      deleted?: object;
      partial?: boolean;
      next_cursor?: string;
    };
    const keys = Object.keys(deleted ?? {});
    return { keys, more: partial === true || next_cursor !== undefined, next: next_cursor };
  }

  async resources(prefix: string, next_cursor?: string): Promise<CloudinaryPage> {
    const options = { ...this.account, ...RAW, max_results: PAGE, ...(prefix && { prefix }), next_cursor };
    return (await v2.api.resources(options)) as CloudinaryPage;
  }
}

/** An agent that closes idle connections: the SDK's Admin API has no time-out and would wait for ever. */
function agentWithIdleTimeout(secure: boolean, idleMs: number): HttpAgent {
  const Agent = secure ? HttpsAgent : HttpAgent;
  const agent = new Agent({ keepAlive: true }) as HttpAgent & {
    createConnection(...args: unknown[]): Duplex;
  };
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (...args) => {
    const socket = create(...args) as Duplex & { setTimeout(ms: number, then: () => void): void };
    socket.setTimeout(idleMs, () => {
      socket.destroy(Object.assign(new Error(`no data for ${idleMs} ms`), { code: 'ETIMEDOUT' }));
    });
    return socket;
  };
  return agent;
}
