import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { BadInputError } from '../../errors/domain-error.js';
import type { StoreSettings } from '../../config/store-settings.js';
import { CloudinaryApi } from './cloudinary-api.js';
import { CloudinaryDelivery } from './cloudinary-delivery.js';
import { cloudinaryFailureOf } from './cloudinary-failures.js';
import { splitIntoParts } from '../remote/split-stream.js';
import { RemoteBody } from '../remote/remote-body.js';
import type { ByteRange, ListedMedia, MediaFile, MediaStat } from '../media-storage.js';
import { DEFAULT_RETRY_POLICY, type StoreRetryPolicy } from '../remote/retry-policy.js';
import { PROBE, RemoteStorage } from '../remote/remote-storage.js';
import { StoreRequests } from '../remote/store-requests.js';

/**
 * Larger files are sent in parts of this size, bytes. Cloudinary requires parts of more than 5 MB (the last may be
 * smaller), and parts at all above 100 MB ("Chunked asset upload"). One put keeps one part in memory.
 */
const PART_BYTES = 6 * 1024 ** 2;

/** Number of own puts whose version is remembered, so that this process reads what it just wrote. */
const VERSIONS_REMEMBERED = 10_000;

/**
 * Media as raw files of a Cloudinary account; the public id is the whole key. Cloudinary stores neither a Content-Type
 * nor a Cache-Control: its delivery uses the file extension and rules of its own. Objects are read through its CDN,
 * which may serve the earlier state of a replaced or removed object for a while; keys that are written once are not
 * affected.
 */
export class CloudinaryStorage extends RemoteStorage {
  readonly name = 'cloudinary';
  private readonly api: CloudinaryApi;
  private readonly delivery: CloudinaryDelivery;
  private readonly versions = new LRUCache<string, number>({ max: VERSIONS_REMEMBERED });

  constructor(settings: StoreSettings, policy: StoreRetryPolicy = DEFAULT_RETRY_POLICY) {
    super(new StoreRequests(policy, cloudinaryFailureOf), PART_BYTES);
    this.api = new CloudinaryApi(settings, policy);
    this.delivery = new CloudinaryDelivery(
      `${settings.CLOUDINARY_DELIVERY_URL}/${this.api.cloud}/raw/upload`,
      policy,
    );
  }

  onModuleDestroy(): void {
    this.delivery.destroy();
  }

  protected async storeStream(key: string, body: Readable): Promise<void> {
    const id = randomUUID();
    let sent = 0;
    for await (const { bytes, last } of splitIntoParts(body, PART_BYTES)) {
      if (last && sent === 0) return this.requests.send(() => this.storeBytes(key, bytes));
      const end = sent + bytes.length;
      // -1: the total size is not known yet.
      const part = { id, range: `bytes ${sent}-${end - 1}/${last ? end : -1}` };
      const version = await this.requests.send(() => this.api.upload(key, bytes, part));
      if (last) this.remember(key, version);
      sent = end;
    }
  }

  protected async storeFile(key: string, path: string): Promise<void> {
    await this.storeBytes(key, await readFile(path));
  }

  protected async storeBytes(key: string, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) throw new BadInputError('Cloudinary keeps no empty files.');
    this.remember(key, await this.api.upload(key, bytes));
  }

  protected async fetch(key: string, range?: ByteRange): Promise<MediaFile> {
    try {
      const answer = await this.delivery.get(this.pathOf(key), range);
      const { 'content-range': part, 'content-length': length } = answer.headers;
      const bytes = Number(part?.split('/')[1] ?? length);
      const body = new RemoteBody(answer, this.requests.policy.idleMs);
      return { bytes, modifiedAt: modifiedAt(answer.headers), body };
    } catch (error) {
      if ((error as { http_code?: number }).http_code !== 416) throw error;
      return { ...(await this.examine(key)), body: Readable.from([]) };
    }
  }

  protected async examine(key: string): Promise<MediaStat> {
    const { headers } = await this.delivery.head(this.pathOf(key));
    return { bytes: Number(headers['content-length']), modifiedAt: modifiedAt(headers) };
  }

  protected async page(prefix: string, cursor?: string): Promise<{ media: ListedMedia[]; next?: string }> {
    const { resources, next_cursor: next } = await this.api.resources(prefix, cursor);
    const media = resources.map(({ public_id, bytes }) => ({ key: public_id, bytes }));
    return { media, ...(next !== undefined && { next }) };
  }

  protected async erase(key: string): Promise<void> {
    this.versions.delete(key);
    await this.api.destroy(key);
  }

  /** Begins anew after a failure: nothing says that a cursor stays valid. */
  protected async erasePrefix(prefix: string): Promise<void> {
    for (const key of this.versions.keys()) if (key.startsWith(prefix)) this.versions.delete(key);
    await this.requests.send(() => this.eraseBelow(prefix));
  }

  /**
   * Does not use the Admin API's ping: each process checks every minute, and all share the hourly limit of that API.
   */
  protected ping(): Promise<void> {
    return this.api.destroy(PROBE);
  }

  /** Does nothing: Cloudinary removes the parts of unfinished uploads itself, and its API cannot list them. */
  protected sweep(): Promise<void> {
    return Promise.resolve();
  }

  private async eraseBelow(prefix: string): Promise<void> {
    const gone = new Set<string>();
    let cursor: string | undefined;
    for (;;) {
      const { keys, more, next } = await this.api.destroyBelow(prefix, cursor);
      // Stop when an answer names only keys that were removed before: repeating the request would not end.
      if (!more || keys.every((key) => gone.has(key))) return;
      for (const key of keys) gone.add(key);
      cursor = next;
    }
  }

  private remember(key: string, version: number | undefined): void {
    if (version !== undefined) this.versions.set(key, version);
  }

  private pathOf(key: string): string {
    const version = this.versions.get(key);
    return version === undefined ? key : `v${version}/${key}`;
  }
}

function modifiedAt(headers: { 'last-modified'?: string }): Date {
  return new Date(headers['last-modified'] ?? 0);
}
