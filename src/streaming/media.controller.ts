import { All, Controller, Get, Logger, Options, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { MediaStorage, type ByteRange, type MediaFile } from '../platform/storage/media-storage.js';
import { MediaReadOnlyError, PreconditionFailedError, RangeNotSatisfiableError } from './media-errors.js';
import { GzippedPlaylists, MAX_GZIP_BYTES } from './gzipped-playlists.js';
import {
  cachingOf,
  contentOf,
  COMMON_HEADERS,
  PREFLIGHT_HEADERS,
  validatorsOf,
  type Validators,
} from './media-headers.js';
import { MediaMetrics } from './media-metrics.js';
import { ifRangeHolds, preconditionFails, rangeOf } from './media-range.js';
import { isText, mediaKind, mediaRequest } from './media-request.js';
import { transfer, whenSent } from './media-transfer.js';
import { StreamTickets } from './stream-tickets.service.js';

/** Media endpoint: delivers files to players without using the database, with one open file per response. */
@Controller('media')
export class MediaController {
  private readonly logger = new Logger(MediaController.name);
  private readonly gzipped: GzippedPlaylists;

  constructor(
    private readonly storage: MediaStorage,
    private readonly metrics: MediaMetrics,
    private readonly tickets: StreamTickets,
  ) {
    this.gzipped = new GzippedPlaylists(storage);
  }

  @Options('*path')
  preflight(@Res() response: Response): void {
    response.writeHead(204, { ...COMMON_HEADERS, ...PREFLIGHT_HEADERS }).end();
  }

  /** Also handles HEAD. */
  @Get('*path')
  async serve(@Req() request: Request, @Res() response: Response): Promise<void> {
    response.set(COMMON_HEADERS);
    const asked = mediaRequest(request.path);
    if (!asked) throw new NotFoundError('This media file');
    const { key } = asked;
    whenSent(response, (bytes) => this.metrics.mediaSent(mediaKind(key), response.statusCode, bytes));
    this.tickets.admit(asked);

    const mayGzip = isText(key) && !request.headers.range && prefersGzip(request);
    // The common case takes one open and one fstat. A conditional request may not need the file at all.
    const opened = mayGzip || setsConditions(request) ? undefined : await this.storage.open(key);
    const stat = opened ?? (await this.storage.stat(key));
    const gzip = mayGzip && stat.bytes <= MAX_GZIP_BYTES;
    const validators = validatorsOf(key, stat, gzip);
    response.set({ ...validators });

    if (preconditionFails(request.headers, validators)) throw new PreconditionFailedError();
    if (request.fresh) {
      response.writeHead(304, cachingOf(key)).end();
    } else if (gzip) {
      const zipped = await this.gzipped.get(validators.ETag, key);
      response.writeHead(200, headOf(key, zipped.length, { 'Content-Encoding': 'gzip' })).end(zipped);
    } else {
      await this.sendFile(key, stat.bytes, rangeFor(request, stat.bytes, validators), response, opened);
    }
  }

  @All('*path')
  refuse(@Res() response: Response): never {
    response.set({ ...COMMON_HEADERS, Allow: PREFLIGHT_HEADERS['Access-Control-Allow-Methods'] });
    throw new MediaReadOnlyError();
  }

  private async sendFile(
    key: string,
    bytes: number,
    range: ReturnType<typeof rangeOf>,
    response: Response,
    opened?: MediaFile,
  ): Promise<void> {
    if (range === 'unsatisfiable') {
      response.set('Content-Range', `bytes */${bytes}`);
      throw new RangeNotSatisfiableError(bytes);
    }
    const part = range === 'whole' ? undefined : range;
    const file = opened ?? (response.req.method === 'HEAD' ? undefined : await this.storage.open(key, part));
    // The caching headers are set only now, because an error must never be `immutable`.
    if (part) response.writeHead(206, headOf(key, part.end - part.start + 1, contentRange(part, bytes)));
    else response.writeHead(200, headOf(key, bytes));
    if (!file) {
      response.end();
      return;
    }
    try {
      await transfer(file.body, response);
    } catch (error) {
      this.logger.warn(`media ${key}: broken off, reading failed: ${(error as Error).message}`);
    }
  }
}

function headOf(
  key: string,
  length: number,
  more: Record<string, string> = {},
): Record<string, string | number> {
  return { ...cachingOf(key), ...contentOf(key), 'Content-Length': length, ...more };
}

function contentRange({ start, end }: ByteRange, bytes: number): Record<string, string> {
  return { 'Content-Range': `bytes ${start}-${end}/${bytes}` };
}

const CONDITIONS = [
  'range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
] as const;

function setsConditions({ method, headers }: Request): boolean {
  return method === 'HEAD' || CONDITIONS.some((name) => headers[name] !== undefined);
}

function prefersGzip(request: Request): boolean {
  return request.acceptsEncodings('gzip', 'identity') === 'gzip';
}

/** Range applies to GET only (RFC 9110, 14.2). */
function rangeFor(request: Request, bytes: number, validators: Validators): ReturnType<typeof rangeOf> {
  const counts = request.method === 'GET' && ifRangeHolds(request.get('If-Range'), validators);
  return rangeOf(counts ? request.headers.range : undefined, bytes);
}
