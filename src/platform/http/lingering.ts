import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const TICK_MS = 1_000;
/** How long is read after the answer at any speed, milliseconds; nginx's lingering_time is the same. */
const LINGER_MS = 30_000;
/**
 * A connection at least this fast is read to the end of its body, bytes per second; a slower one is slow on purpose.
 */
const SLOWEST_CONNECTION = 64 * 1024;
/**
 * A client that sends nothing for this long has received the answer or never will, milliseconds (lingering_timeout).
 */
const IDLE_MS = 5_000;
/** Maximum bytes read and discarded for one answer. */
const MOST_BYTES = 2 * 1024 ** 3;

/**
 * Makes sure that the client receives an answer given before its body has arrived. Node closes such a connection at
 * once if the client asked for that (HTTP/1.0, `Connection: close`), and the kernel answers the rest of the body with a
 * reset that discards what the client has not read yet (RFC 9112 9.6). Here only our side is closed, and the rest is
 * read and discarded, within limits.
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
  // Detach the previous reader (a parser, a file).
  request.unpipe();
  request.resume();
}

interface Bound {
  /** When the answer was sent, and the bytes read by then. */
  readonly since: number;
  readonly from: number;
  /** Bytes read when data last arrived. */
  seen: number;
  movedAt: number;
}

function exceeded({ bytesRead }: Socket, bound: Bound): boolean {
  const now = Date.now();
  const bytes = bytesRead - bound.from;
  if (bytesRead > bound.seen) Object.assign(bound, { seen: bytesRead, movedAt: now });
  if (now - bound.movedAt > IDLE_MS || bytes > MOST_BYTES) return true;
  return now - bound.since > LINGER_MS + (bytes / SLOWEST_CONNECTION) * 1_000;
}
