import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ServerResponse } from 'node:http';

/** A connection that accepts no data for this long is closed, milliseconds. Players resume with Range. */
const STALL_MS = 120_000;

/** Error codes of streams whose client has disconnected. */
const GONE = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE']);

/**
 * Sends `body` after the head of a response has been written; always destroys `body`. Also resolves if the client
 * disconnects. If reading `body` fails, the connection is aborted, so that the client does not take a part for the
 * whole, and the promise rejects with that error.
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
 * Calls `report` once, when the response has ended in any way, with the number of body bytes sent. For an aborted
 * response this is what the connection accepted, including the head, but at most `Content-Length`.
 */
export function whenSent(response: ServerResponse, report: (bytes: number) => void): void {
  const { socket } = response;
  const before = socket?.bytesWritten ?? 0;
  response.once('close', () => {
    const length = response.req.method === 'HEAD' ? 0 : Number(response.getHeader('Content-Length') ?? 0);
    report(response.writableFinished ? length : Math.min(length, (socket?.bytesWritten ?? 0) - before));
  });
}
