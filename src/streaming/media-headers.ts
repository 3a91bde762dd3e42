import { createHash } from 'node:crypto';
import { contentTypeOf } from '../platform/storage/content-type.js';
import { IMMUTABLE, type MediaStat } from '../platform/storage/media-storage.js';
import { isText } from './media-request.js';

type Headers = Readonly<Record<string, string>>;

/**
 * Headers of every response of the media endpoint. Errors have them, too, so that a player on another site can read
 * their status. `no-store` is the default; immutable objects override it once they have been opened. The allowed origin
 * is a static `*`: an echoed origin would multiply every cache entry by the number of sites.
 */
export const COMMON_HEADERS: Headers = {
  'Cache-Control': 'no-store',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Content-Length, Content-Range, ETag',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Timing-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
};

/** What a player on another site may send. Browsers cache it for a day. */
export const PREFLIGHT_HEADERS: Headers = {
  'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
  'Access-Control-Allow-Headers': 'Range, If-Range, If-None-Match, If-Modified-Since, Cache-Control',
  'Access-Control-Max-Age': '86400',
};

/** Headers that distinguish two versions of a response (RFC 9110, 8.8). */
export interface Validators {
  ETag: string;
  'Last-Modified': string;
}

/**
 * A key is written only once, so key and size identify its bytes: the tag is strong and the same in every process and
 * for every store. The gzipped form has other bytes and therefore another tag (RFC 9110, 8.8.3.3).
 */
export function validatorsOf(key: string, { bytes, modifiedAt }: MediaStat, gzip = false): Validators {
  const name = createHash('sha256').update(`${bytes} ${key}`).digest('base64url').slice(0, 22);
  return { ETag: `"${name}${gzip ? '-gz' : ''}"`, 'Last-Modified': modifiedAt.toUTCString() };
}

/** Headers of cacheable responses (200, 206, 304). Set them only after the object was found. */
export function cachingOf(key: string): Headers {
  return {
    'Cache-Control': IMMUTABLE,
    'Accept-Ranges': 'bytes',
    ...(isText(key) ? { Vary: 'Accept-Encoding' } : {}),
  };
}

/** Headers of responses that have (or, for HEAD, describe) a body. */
export function contentOf(key: string): Headers {
  return {
    'Content-Type': contentTypeOf(key),
    ...(key.includes('/original-') ? { 'Content-Disposition': 'inline' } : {}),
  };
}
