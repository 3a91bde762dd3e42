import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';

const EMPTY_LINE = '\r\n\r\n';

/**
 * Keeps the first bytes of a multipart body (RFC 7578) while its fields are read. The parser replaces invalid UTF-8 by
 * "\ufffd", which afterwards looks like a "\ufffd" that was sent.
 */
export class MultipartHead {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  /** @param most maximum number of bytes to keep; fields after them are not checked */
  constructor(
    private readonly request: Request,
    private readonly most: number,
  ) {
    request.on('data', this.keep);
  }

  /** Stops keeping bytes. */
  end(): void {
    this.request.off('data', this.keep);
  }

  /** Whether every complete non-file field is valid UTF-8. Fields that declare another charset count as valid. */
  hasUtf8Fields(): boolean {
    const boundary = boundaryOf(this.request.headers['content-type'] ?? '');
    if (boundary === null) return true;
    const head = Buffer.concat(this.chunks);
    const delimiter = `--${boundary}`;
    let from = head.indexOf(delimiter);
    while (from >= 0) {
      const to = head.indexOf(`\r\n${delimiter}`, from + delimiter.length);
      if (to < 0) return true;
      if (!isUtf8Field(head.subarray(from + delimiter.length, to))) return false;
      from = to + 2;
    }
    return true;
  }

  private readonly keep = (chunk: Buffer): void => {
    if (this.bytes > this.most) return;
    this.bytes += chunk.length;
    this.chunks.push(chunk);
  };
}

function isUtf8Field(part: Buffer): boolean {
  const end = part.indexOf(EMPTY_LINE);
  const headers = part.subarray(0, Math.max(end, 0)).toString('latin1');
  if (end < 0 || /;\s*filename\*?=/i.test(headers) || /;\s*charset=(?!"?utf-?8)/i.test(headers)) return true;
  return isUtf8(part.subarray(end + EMPTY_LINE.length));
}

function boundaryOf(contentType: string): string | null {
  const found = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return found?.[1] ?? found?.[2] ?? null;
}
