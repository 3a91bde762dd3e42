import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServerResponse } from 'node:http';

/** A listener who takes nothing for this long gives the open file back, milliseconds. Players resume by Range. */
const STALL_MS = 120_000;

/** How a stream says that the other side went away. */
const GONE = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/**
 * Sends `body` as the rest of an answer whose head is written; `body` is destroyed however it ends. Resolves when a
 * listener leaves early, too. When the source breaks the connection is cut, so that nobody takes a part for the whole,
 * and the promise rejects with the source's error.
 */
export async function transfer(body: Readable, response: ServerResponse, stallMs = STALL_MS): Promise<void> {
  response.setTimeout(stallMs, () => response.destroy());
  try {
    await pipeline(body, response);
  } catch (error) {
    if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/**
 * Calls `report` once, when the answer has ended in any way, with the bytes of body that left this process. Of an
 * answer broken off it counts what the connection took, its head included and never more than `Content-Length`.
 */
export function whenSent(response: ServerResponse, report: (bytes: number) => void): void {
  const { socket } = response;
  const before = socket?.bytesWritten ?? 0;
  response.once('close', () => {
    const length = response.req.method === 'HEAD' ? 0 : Number(response.getHeader('Content-Length') ?? 0);
    report(response.writableFinished ? length : Math.min(length, (socket?.bytesWritten ?? 0) - before));
  });
}
