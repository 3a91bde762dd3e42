import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import busboy from 'busboy';
import type { Request } from 'express';
import type { SentRequest } from '../../users/authorization/root-fields.js';

/** Maximum size of a field before the file, bytes. */
export const FIELD_BYTES = 1024 ** 2;
/** Maximum bytes before the file: two fields, and what is around them. */
const HEAD_BYTES = 2 * FIELD_BYTES + 64 * 1024;
const EMPTY_LINE = '\r\n\r\n';

/** What comes before the file in a GraphQL multipart request. */
export interface MultipartHead {
  /** The requests in the field `operations`, which is one request or a batch; none when it is missing or malformed. */
  requests: SentRequest[];
  /** Whether every field is valid UTF-8. Fields that declare another charset count as valid. */
  isUtf8: boolean;
  /** The whole body, its head included, for the parser that receives the file. */
  body: Request;
}

/**
 * Reads a multipart body (RFC 7578) up to its file, and puts what was read back. The fields are found by the parser that
 * graphql-upload uses, with the same limits, so both see the same fields. A body that is malformed so far is left to
 * graphql-upload, which receives a file only after exactly one `operations` and one `map` and refuses any other body.
 * Throws when the fields are too large or the connection breaks.
 */
export async function readHead(request: Request): Promise<MultipartHead> {
  const parser = busboy({
    headers: request.headers,
    defParamCharset: 'utf8',
    limits: { fieldSize: FIELD_BYTES, fields: 2, files: 0 },
  });
  const fields: { name: string; value: string }[] = [];
  let isOver = false;
  const end = () => (isOver = true);
  parser.on('field', (name, value) => {
    fields.push({ name, value });
    isOver ||= name !== 'operations' || fields.length > 1;
  });
  // The first file, or a third field.
  parser.on('filesLimit', end).on('fieldsLimit', end).on('error', end);

  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Without a file to receive, busboy handles a chunk before `write` returns.
    parser.write(chunk);
    if (isOver) break;
    if (bytes > HEAD_BYTES) throw new Error(`more than ${HEAD_BYTES} bytes come before the file`);
  }
  const head = Buffer.concat(chunks);
  return {
    requests: fields[0]?.name === 'operations' ? requestsIn(fields[0].value) : [],
    isUtf8: hasUtf8Fields(head, request.headers['content-type'] ?? ''),
    body: putBack(request, head),
  };
}

function requestsIn(operations: string): SentRequest[] {
  try {
    return [JSON.parse(operations) as SentRequest | SentRequest[] | null]
      .flat()
      .filter((request) => request !== null);
  } catch {
    return [];
  }
}

/** A request that has ended takes nothing back; then a stream of the bytes stands in for it. */
function putBack(request: Request, head: Buffer): Request {
  if (request.readableEnded)
    return Object.assign(Readable.from([head]), { headers: request.headers }) as Request;
  request.unshift(head);
  return request;
}

/** The parser replaces invalid UTF-8 by "\ufffd", which afterwards looks like a "\ufffd" that was sent. */
function hasUtf8Fields(head: Buffer, contentType: string): boolean {
  const boundary = boundaryOf(contentType);
  if (boundary === null) return true;
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
