import type { Readable } from 'node:stream';

/**
 * A stream cut into parts of exactly `size` bytes, the last one smaller or empty. A part is given out only when it is
 * known whether it is the last; the one before it is then no longer kept.
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
