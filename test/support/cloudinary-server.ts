import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { demandSignature, Refusal } from './cloudinary-signature.js';
import { formFrom, type Form } from './multipart-form.js';
import { tempDir } from './temp-dir.js';

/** "up to a maximum of 1000 original resources" (Admin API reference, "Delete resources"). */
const REMOVED_AT_ONCE = 1000;
const MIN_PART_BYTES = 5_000_000;

export const USED_UP =
  'Rate Limit Exceeded. Limit of 500 api operations reached. Try again on 2026-11-30 14:00:00 UTC';

/** Both spellings: the SDK's and the documentation's. */
const TRUE = new Set(['1', 'true']);

interface Raw {
  path: string;
  bytes: number;
  version: number;
  modified: Date;
}

/**
 * Answers as Cloudinary's documentation says it does, for raw files only: Upload API (signature, timestamp, parts),
 * Admin API (basic authentication, pages, 1000 removals at a time) and delivery through a CDN that keeps what it has
 * seen until it is invalidated. Only `npm run check:storage` shows how the real Cloudinary behaves.
 */
export class CloudinaryTestServer {
  readonly cloud = 'our-cloud';
  readonly key = '123456789012345';
  readonly secret = 'abcdefghijklmnopqrstuvwxyz1';
  /** Limit of the plan; tests may lower it. */
  maxBytes = Number.POSITIVE_INFINITY;
  /** The plan's limit for the current hour; tests may lower it. */
  adminRequestsLeft = Number.POSITIVE_INFINITY;
  /** Breaks the storage contract on purpose: removed objects stay. */
  forgetsToRemove = false;
  private readonly raw = new Map<string, Raw>();
  private readonly cdn = new Map<string, Raw>();
  private readonly parts = new Map<string, { path: string; bytes: number; ranges: Set<string> }>();
  private version = Math.floor(Date.now() / 1000);

  private constructor(
    private readonly server: Server,
    private readonly folder: string,
  ) {}

  static async start(): Promise<CloudinaryTestServer> {
    const folder = tempDir('cloudinary');
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const cloudinary = new CloudinaryTestServer(server, folder);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      cloudinary.answer(request, response).catch((error: Error) => {
        response.writeHead(error instanceof Refusal ? error.status : 500, {
          'Content-Type': 'application/json',
        });
        response.end(JSON.stringify({ error: { message: error.message } }));
      });
    });
    return cloudinary;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** CLOUDINARY_* settings of a server that keeps its media here; `through` is the URL of a proxy. */
  env(through = this.url): Record<string, string> {
    return {
      CLOUDINARY_URL: `cloudinary://${this.key}:${this.secret}@${this.cloud}`,
      CLOUDINARY_API_URL: through,
      CLOUDINARY_DELIVERY_URL: through,
    };
  }

  get publicIds(): string[] {
    return [...this.raw.keys()].toSorted();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url as string, this.url);
    const api = `/v1_1/${this.cloud}/`;
    if (pathname.startsWith('/v1_1/')) {
      if (!pathname.startsWith(api)) throw new Refusal(401, 'cloud_name mismatch');
      const action = `${request.method} ${pathname.slice(api.length)}`;
      const answer = await this.act(action, request, searchParams);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
      return;
    }
    await this.deliver(request, response, pathname);
  }

  private async act(action: string, request: IncomingMessage, query: URLSearchParams): Promise<object> {
    if (action === 'POST raw/upload') return this.upload(request);
    if (action === 'POST raw/destroy') {
      const { fields } = await this.signedForm(request, this.somewhere());
      return {
        result:
          this.removed([fields.get('public_id') as string], fields.has('invalidate')) > 0
            ? 'ok'
            : 'not found',
      };
    }
    this.authenticate(request);
    if (this.adminRequestsLeft-- <= 0) throw new Refusal(420, USED_UP);
    if (action === 'GET resources/raw/upload') return this.list(query);
    if (action === 'DELETE resources/raw/upload') {
      const form = new URLSearchParams((await buffer(request)).toString());
      const prefix = form.get('prefix') as string;
      const below = this.publicIds.filter((id) => id.startsWith(prefix));
      const taken = below.slice(0, REMOVED_AT_ONCE);
      this.removed(taken, form.get('invalidate') === 'true');
      const partial = below.length > taken.length;
      return {
        deleted: Object.fromEntries(taken.map((id) => [id, 'deleted'])),
        partial,
        ...(partial && { next_cursor: 'more' }),
      };
    }
    throw new Refusal(404, 'Not found');
  }

  private list(query: URLSearchParams): object {
    const max = Number(query.get('max_results') ?? 10);
    if (max > 500) throw new Refusal(400, 'Invalid value for max_results');
    const from = Number(query.get('next_cursor') ?? 0);
    const ids = this.publicIds.filter((id) => id.startsWith(query.get('prefix') ?? ''));
    const resources = ids
      .slice(from, from + max)
      .map((id) => ({ public_id: id, bytes: this.raw.get(id)?.bytes }));
    return { resources, ...(from + max < ids.length && { next_cursor: String(from + max) }) };
  }

  private async upload(request: IncomingMessage): Promise<object> {
    const path = this.somewhere();
    const { fields, bytes } = await this.signedForm(request, path);
    if (bytes === 0) throw new Refusal(400, 'Empty file');
    const id = fields.get('public_id') as string;
    const range = request.headers['content-range'];
    if (!TRUE.has(fields.get('overwrite') ?? '') && this.raw.has(id))
      throw new Refusal(400, 'Resource already exists');
    if (fields.has('invalidate')) this.purge(id);
    if (range === undefined) return this.stored(id, path, bytes);
    return this.uploadPart(id, request.headers['x-unique-upload-id'] as string, range, path, bytes);
  }

  private async uploadPart(
    id: string,
    upload: string,
    range: string,
    path: string,
    bytes: number,
  ): Promise<object> {
    const [, start, end, total] = (/^bytes (\d+)-(\d+)\/(-1|\d+)$/.exec(range) ?? []).map(Number);
    if (!upload || start === undefined || (end as number) - start + 1 !== bytes)
      throw new Refusal(400, 'Invalid Content-Range');
    const last = total === (end as number) + 1;
    if (!last && bytes < MIN_PART_BYTES)
      throw new Refusal(400, 'All parts except EOF-chunk must be larger than 5mb');
    const known = this.parts.get(upload) ?? { path: this.somewhere(), bytes: 0, ranges: new Set<string>() };
    this.parts.set(upload, known);
    // A part that is sent again because its response was lost is the same part.
    if (!known.ranges.has(range)) {
      if (start !== known.bytes) throw new Refusal(400, 'Parts are missing');
      await pipeline(createReadStream(path), createWriteStream(known.path, { flags: 'a' }));
      known.bytes += bytes;
      known.ranges.add(range);
    }
    await rm(path);
    if (!last) return { done: false, bytes: known.bytes };
    this.parts.delete(upload);
    return this.stored(id, known.path, known.bytes);
  }

  private somewhere(): string {
    return join(this.folder, randomBytes(8).toString('hex'));
  }

  private async stored(id: string, from: string, bytes: number): Promise<object> {
    if (bytes > this.maxBytes)
      throw new Refusal(400, `File size too large. Got ${bytes}. Maximum is ${this.maxBytes}.`);
    const version = ++this.version;
    const path = join(this.folder, `v${version}`);
    await rename(from, path);
    this.raw.set(id, { path, bytes, version, modified: (await stat(path)).mtime });
    return { public_id: id, version, bytes, resource_type: 'raw', type: 'upload' };
  }

  private removed(ids: string[], invalidate: boolean): number {
    if (this.forgetsToRemove) return ids.length;
    return ids.filter((id) => {
      if (invalidate) this.purge(id);
      return this.raw.delete(id);
    }).length;
  }

  private purge(id: string): void {
    for (const url of this.cdn.keys()) if (url.endsWith(`/${id}`)) this.cdn.delete(url);
  }

  private async signedForm(request: IncomingMessage, path: string): Promise<Form> {
    const form = await formFrom(request, path);
    demandSignature(form.fields, this.key, this.secret);
    return form;
  }

  private authenticate({ headers }: IncomingMessage): void {
    const expected = `Basic ${Buffer.from(`${this.key}:${this.secret}`).toString('base64')}`;
    if (headers.authorization !== expected) throw new Refusal(401, 'Invalid credentials');
  }

  private async deliver(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const [, id = ''] = new RegExp(`^/${this.cloud}/raw/upload/(?:v\\d+/)?(.+)$`).exec(pathname) ?? [];
    const found = this.cdn.get(pathname) ?? this.raw.get(id);
    if (!found) throw new Refusal(404, 'Resource not found');
    this.cdn.set(pathname, found);
    const { bytes, modified, path } = found;
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const from = Number(start ?? 0);
    const to = Math.min(Number(end ?? bytes - 1), bytes - 1);
    const head = { 'Last-Modified': modified.toUTCString(), 'Accept-Ranges': 'bytes' };
    if (from >= bytes) {
      response.writeHead(416, { ...head, 'Content-Range': `bytes */${bytes}` }).end();
      return;
    }
    const partial = start === undefined ? {} : { 'Content-Range': `bytes ${from}-${to}/${bytes}` };
    response.writeHead(start === undefined ? 200 : 206, {
      ...head,
      ...partial,
      'Content-Length': to - from + 1,
    });
    if (request.method === 'HEAD') response.end();
    else createReadStream(path, { start: from, end: to }).pipe(response);
  }
}
