import { createHash } from 'node:crypto';
import { contentTypeOf } from '../platform/storage/content-type.js';
import { IMMUTABLE } from '../platform/storage/immutable.js';
import type { MediaStat } from '../platform/storage/media-storage.js';
import { isText } from './media-request.js';

type Headers = Readonly<Record<string, string>>;

/**
 * On every answer of the media door, refusals included: a player on another site must be able to read the status of a
 * failure. `no-store` is the rule; what is immutable says so itself, once it has been opened. The origin is a static
 * `*`: one echoed back would multiply every entry of every cache by the number of sites.
 */
export const ON_EVERY_ANSWER: Headers = {
  'Cache-Control': 'no-store',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Length, Content-Range, ETag',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Timing-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
};

/** What a player on another site may send; asked again after a day. */
export const ON_PREFLIGHT: Headers = {
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Headers': 'Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control',
  'Access-Control-Max-Age': '86400',
};

/** RFC 9110 8.8: what tells two versions of an answer apart. */
export interface Validators {
  ETag: string;
  'Last-Modified': string;
}

/**
 * A key is written once, so key and size name its bytes: the tag is strong, and every process and every store gives
 * the same one. The gzipped form has other bytes and therefore another tag (RFC 9110 8.8.3.3).
 */
export function validatorsOf(key: string, { bytes, modifiedAt }: MediaStat, gzip = false): Validators {
  const name = createHash('sha256').update(`${bytes} ${key}`).digest('base64url').slice(0, 22);
  return { ETag: `"${name}${gzip ? '-gz' : ''}"`, 'Last-Modified': modifiedAt.toUTCString() };
}

/** On what a cache may keep: 200, 206 and 304. To be set only when the object was seen to exist. */
export function cachingOf(key: string): Headers {
  return {
    'Cache-Control': IMMUTABLE,
    'Accept-Ranges': 'bytes',
    ...(isText(key) ? { Vary: 'Accept-Encoding' } : {}),
  };
}

/** On what carries (or, for HEAD, describes) a body. */
export function contentOf(key: string): Headers {
  return {
    'Content-Type': contentTypeOf(key),
    ...(key.includes('/original-') ? { 'Content-Disposition': 'inline' } : {}),
  };
}
