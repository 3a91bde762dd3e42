import type { ByteRange } from '../platform/storage/media-storage.js';
import type { Validators } from './media-headers.js';

/**
 * Interprets a Range header for an object of `bytes` (RFC 9110, 14.1.2, 14.2). "whole" means a response with status
 * 200, which the RFC allows for any Range header and requires for a malformed one or one of another unit.
 *
 * Several ranges give "whole" as well: no audio player sends them, and multipart responses caused CVE-2011-3192.
 * Express's req.range() would answer 416 to a suffix longer than the object and to a malformed `5-2`; the RFC requires
 * the whole object in both cases.
 */
export function rangeOf(header: string | undefined, bytes: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    if (Number(last) === 0) return 'unsatisfiable';
    return bytes === 0 ? 'whole' : { start: Math.max(0, bytes - Number(last)), end: bytes - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= bytes) return 'unsatisfiable';
  return { start, end: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) };
}

/** Says whether a Range header applies: only if the client's part belongs to our version (RFC 9110, 13.1.5). */
export function ifRangeHolds(
  header: string | undefined,
  { ETag, 'Last-Modified': date }: Validators,
): boolean {
  // Both forms must be exactly equal: a weak tag or a different date does not prove that two parts fit together.
  return header === undefined || header === ETag || header === date;
}

/** Says whether If-Match, or else If-Unmodified-Since, requires status 412 (RFC 9110, 13.2.2, steps 1 and 2). */
export function preconditionFails(
  headers: { 'if-match'?: string; 'if-unmodified-since'?: string },
  { ETag, 'Last-Modified': date }: Validators,
): boolean {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    const tags = ifMatch.split(',').map((tag) => tag.trim());
    return !tags.includes('*') && !tags.includes(ETag);
  }
  // A comparison with an invalid date is false, so such a header is ignored, as the RFC requires.
  return Date.parse(date) > Date.parse(headers['if-unmodified-since'] ?? '');
}
