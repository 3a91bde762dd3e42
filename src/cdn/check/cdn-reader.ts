import { setTimeout as sleep } from 'node:timers/promises';
import { cacheStatusOf } from './cdn-cache-status.js';
import type { CdnResponse, CdnFacts } from './cdn-facts.js';
import { hasTicket } from './cdn-ticket.js';

/** An object to be read. */
export interface CdnObject extends Pick<CdnFacts, 'kind' | 'label' | 'types' | 'recordedBytes'> {
  url: string;
  /** Whether the object may be large, so that only its beginning is read. */
  isLarge?: boolean;
  /** Whether players request parts of it. */
  isSeekable?: boolean;
}

/** One response with the part of its body that was read. */
interface Read extends CdnResponse {
  body: Buffer;
}

/** Time limit of a response, milliseconds. */
const TIMEOUT_MS = 15_000;
/** At most this much of a body is read, bytes. */
const MAX_BODY_BYTES = 4 * 1024 ** 2;
/** Length of the beginning that is read of a large object, bytes. */
const BEGINNING = 64 * 1024;
/** The Range that Safari requests before it plays a file. */
const PROBE = 'bytes=0-1';
/** First and last byte of the requested part: not at the beginning, and within the shortest segment. */
const PART = { start: 10, end: 109 };
/** A cache may need a moment to store what it has just delivered, longer for a large object. Milliseconds. */
const SETTLE_MS = 250;
const SETTLE_LARGE_MS = 1_000;

/** Reads objects as players do: without Origin, with Origin, and in part. Counts the requests it sends. */
export class CdnReader {
  requests = 0;

  /** @param reads maximum number of reads of an object until a cache delivers it; at least two */
  constructor(
    private readonly origin: string,
    private readonly reads: number,
  ) {}

  /** Never rejects. `body` is the body of the last full read. */
  async read(object: CdnObject): Promise<{ facts: CdnFacts; body: Buffer }> {
    const { url, isLarge, isSeekable, kind, label, types, recordedBytes } = object;
    const facts: CdnFacts = {
      kind,
      label,
      types,
      recordedBytes,
      origin: this.origin,
      ticketed: hasTicket(url),
      extension: /\.\w+$/.exec(new URL(url).pathname)?.[0] ?? '',
      probe: null,
      first: null,
      again: null,
      part: null,
      failure: null,
    };
    try {
      const range: Record<string, string> = isLarge ? { range: `bytes=0-${BEGINNING - 1}` } : {};
      // The probe comes first: once the cache has the object, it answers Range requests whatever it did before.
      if (isLarge) facts.probe = answerOf(await this.get(url, { range: PROBE }));
      facts.first = answerOf(await this.get(url, range));
      const again = await this.untilHit(url, range, isLarge ? SETTLE_LARGE_MS : SETTLE_MS);
      facts.again = answerOf(again);
      if (isSeekable) facts.part = await this.part(url, again.body);
      return { facts, body: again.body };
    } catch (error) {
      facts.failure = reasonOf(error);
      return { facts, body: Buffer.alloc(0) };
    }
  }

  private async untilHit(url: string, range: Record<string, string>, settleMs: number): Promise<Read> {
    for (let i = 2; ; i++) {
      const read = await this.get(url, { ...range, origin: this.origin });
      if (i >= this.reads || cacheStatusOf(read.headers).hit !== false || read.status >= 400) return read;
      await sleep(settleMs);
    }
  }

  /** Compares a requested part with the same bytes of the beginning that was read before. */
  private async part(url: string, beginning: Buffer): Promise<CdnFacts['part']> {
    const { start, end } = PART;
    const read = await this.get(url, { range: `bytes=${start}-${end}`, origin: this.origin });
    const said = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(read.headers['content-range'] ?? '');
    const right = beginning.subarray(start, end + 1);
    return {
      answer: answerOf(read),
      asked: end - start + 1,
      total: said ? Number(said[3]) : null,
      isRight: read.status === 206 && Number(said?.[1]) === start && right.equals(read.body),
    };
  }

  private async get(url: string, headers: Record<string, string>): Promise<Read> {
    this.requests += 1;
    const response = await fetch(url, {
      headers: { 'accept-encoding': 'gzip, br', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = await beginningOf(response);
    const named = Object.fromEntries(
      [...response.headers].map(([name, value]) => [name.toLowerCase(), value]),
    );
    return { status: response.status, headers: named, bytes: body.length, body };
  }
}

async function beginningOf(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop cancels the rest of the body.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks);
}

function answerOf({ status, headers, bytes }: Read): CdnResponse {
  return { status, headers, bytes };
}

function reasonOf(error: unknown): string {
  const { message, cause, name } = error as Error & { cause?: { code?: string } };
  return name === 'TimeoutError' ? `none within ${TIMEOUT_MS / 1000} s` : (cause?.code ?? message);
}
