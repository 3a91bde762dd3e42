import type { Readable } from 'node:stream';

/**
 * Splits a stream into parts of exactly `size` bytes; the last may be smaller or empty. A part is yielded only when it
 * is known whether it is the last; earlier parts are no longer kept then.
 */
export async function* splitIntoParts(
  body: Readable,
  size: number,
): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
    while (length + rest.length > size) {
      kept.push(rest.subarray(0, size - length));
      rest = rest.subarray(size - length);
      yield { bytes: Buffer.concat(kept, size), last: false };
      kept = [];
      length = 0;
    }
    kept.push(rest);
    length += rest.length;
  }
  yield { bytes: Buffer.concat(kept, length), last: true };
}
