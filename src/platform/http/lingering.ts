import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const TICK_MS = 1_000;
/** What may be read after the answer, whatever the speed, milliseconds; nginx's lingering_time is the same. */
const LINGER_MS = 30_000;
/** A line as slow as this is read to the end of its body, bytes a second; a slower one is trickling on purpose. */
const SLOWEST_LINE = 64 * 1024;
/** A client that sends nothing for this long has heard the answer, or never will, milliseconds (lingering_timeout). */
const SILENCE_MS = 5_000;
/** Most that is read and thrown away for one answer, bytes. */
const MOST_BYTES = 2 * 1024 ** 3;

/**
 * Sees to it that an answer given before the body has arrived is heard. Node closes such a connection at once when the
 * client wants it closed (HTTP/1.0, `Connection: close`), and the kernel answers the rest of the body by a reset that
 * destroys what the client has not read yet (RFC 9112 9.6). Here only our side is closed, and the rest is read and
 * thrown away, within bounds.
 */
export function hearOut(request: IncomingMessage, response: ServerResponse): void {
  // Before Node's own listener, which closes the connection.
  response.prependOnceListener('finish', () => {
    if (!request.complete && !request.socket.destroyed) linger(request);
  });
}

function linger(request: IncomingMessage): void {
  const { socket } = request;
  let isLast = false;
  const destroySoon = socket.destroySoon.bind(socket);
  socket.destroySoon = () => {
    isLast = true;
    socket.end();
  };
  const bounds = setInterval(() => exceeded(socket, bound) && socket.destroy(), TICK_MS).unref();
  const bound = { since: Date.now(), from: socket.bytesRead, seen: socket.bytesRead, movedAt: Date.now() };
  const over = () => {
    clearInterval(bounds);
    socket.destroySoon = destroySoon;
    if (isLast) destroySoon();
  };
  request.once('end', over);
  socket.once('close', () => clearInterval(bounds));
  // Whoever was reading (a parser, a file) reads no more.
  request.unpipe();
  request.resume();
}

interface Bound {
  /** When the answer was given, and what had been read then. */
  readonly since: number;
  readonly from: number;
  /** What had been read when something last came. */
  seen: number;
  movedAt: number;
}

function exceeded({ bytesRead }: Socket, bound: Bound): boolean {
  const now = Date.now();
  const bytes = bytesRead - bound.from;
  if (bytesRead > bound.seen) Object.assign(bound, { seen: bytesRead, movedAt: now });
  if (now - bound.movedAt > SILENCE_MS || bytes > MOST_BYTES) return true;
  return now - bound.since > LINGER_MS + (bytes / SLOWEST_LINE) * 1_000;
}
