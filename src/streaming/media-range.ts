import type { ByteRange } from '../platform/storage/media-storage.js';
import type { Validators } from './media-headers.js';

/**
 * What a Range header means for an object of `bytes` (RFC 9110 14.1.2, 14.2). "whole": answer 200, as the RFC allows
 * for any Range header and asks for one that is malformed or of another unit.
 *
 * Several ranges are answered whole as well: no audio player sends them, and a multipart answer is what CVE-2011-3192
 * was made of. Express's req.range() would refuse a suffix longer than the object and a malformed `5-2` with 416;
 * the RFC wants the whole object both times.
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

/** Whether a Range header counts: only while the client's half is of the object we hold (RFC 9110 13.1.5). */
export function ifRangeHolds(
  header: string | undefined,
  { ETag, 'Last-Modified': date }: Validators,
): boolean {
  // Exactly equal in both forms: a weak tag or an inexact date never proves that two halves fit.
  return header === undefined || header === ETag || header === date;
}

/** Whether If-Match or else If-Unmodified-Since forbids an answer (RFC 9110 13.2.2, steps 1 and 2). */
export function preconditionFails(
  headers: { 'if-match'?: string; 'if-unmodified-since'?: string },
  { ETag, 'Last-Modified': date }: Validators,
): boolean {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    const tags = ifMatch.split(',').map((tag) => tag.trim());
    return !tags.includes('*') && !tags.includes(ETag);
  }
  // An unreadable date compares false, and so is ignored, as the RFC wants.
  return Date.parse(date) > Date.parse(headers['if-unmodified-since'] ?? '');
}
