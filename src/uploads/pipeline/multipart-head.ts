import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';

const EMPTY_LINE = '\r\n\r\n';

/**
 * The first bytes of a multipart body (RFC 7578), kept while its fields are read: the parser replaces what is not UTF-8
 * by "\ufffd", and afterwards nobody can tell that from one which was sent.
 */
export class MultipartHead {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  /** @param most bytes that are kept; fields that come later are not looked at */
  constructor(
    private readonly request: Request,
    private readonly most: number,
  ) {
    request.on('data', this.keep);
  }

  /** No more is kept. */
  end(): void {
    this.request.off('data', this.keep);
  }

  /** Whether every field that is no file, and has come whole, is valid UTF-8; true where it says itself what else it is. */
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
