import { setTimeout as sleep } from 'node:timers/promises';
import { cacheStatusOf } from './cdn-cache-status.js';
import type { CdnResponse, CdnFacts } from './cdn-facts.js';
import { hasTicket } from './cdn-ticket.js';

/** An object and what is known of it before it is read. */
export interface CdnObject extends Pick<CdnFacts, 'kind' | 'label' | 'types' | 'recordedBytes'> {
  url: string;
  /** Whether only its beginning is read: it may be large. */
  isLarge?: boolean;
  /** Whether players ask for parts of it. */
  isSeekable?: boolean;
}

/** One answer with what came of its body. */
interface Read extends CdnResponse {
  body: Buffer;
}

/** Longest an answer may take, milliseconds. */
const TIMEOUT_MS = 15_000;
/** More of a body is not read, bytes. */
const MOST_BYTES = 4 * 1024 ** 2;
/** Read of a large object, bytes. */
const BEGINNING = 64 * 1024;
/** What Safari asks for before it plays a file. */
const PROBE = 'bytes=0-1';
/** The part asked for, positions: neither at the beginning nor as far as the shortest segment. */
const PART = { start: 10, end: 109 };
/** Edges may need a moment to have what they have just passed on, more for a large object, milliseconds. */
const SETTLE_MS = 250;
const SETTLE_LARGE_MS = 1_000;

/** Reads objects as players do: once without and once with Origin, and a part. Counts its requests. */
export class CdnReader {
  requests = 0;

  /** @param reads how often an object is read at most until a cache gives it; two at least */
  constructor(
    private readonly origin: string,
    private readonly reads: number,
  ) {}

  /** Never rejects. `body`: what the second read gave. */
  async read(object: CdnObject): Promise<{ facts: CdnFacts; body: Buffer }> {
    const { url, isLarge, isSeekable, kind, label, types, recordedBytes } = object;
    const facts: CdnFacts = {
      ...{ kind, label, types, recordedBytes, origin: this.origin, ticketed: hasTicket(url) },
      extension: /\.\w+$/.exec(new URL(url).pathname)?.[0] ?? '',
      ...{ probe: null, first: null, again: null, part: null, failure: null },
    };
    try {
      const range: Record<string, string> = isLarge ? { range: `bytes=0-${BEGINNING - 1}` } : {};
      // Before anything else, or the edge has the object already and answers by parts whatever it would have done.
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

  /** What is right is known from the beginning that was read before. */
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
  // Leaving the loop cancels what has not come.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MOST_BYTES) break;
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
