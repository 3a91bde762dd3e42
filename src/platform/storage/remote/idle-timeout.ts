import type { IncomingMessage } from 'node:http';
import { UnavailableError } from '../../errors/domain-error.js';
import { isNetworkFailure } from './store-failure.js';

/**
 * Aborts a response whose sender sends nothing for `idleMs`. A slow reader is not the sender's fault: while unread
 * bytes are buffered here, the time starts again. A broken connection becomes an UnavailableError.
 */
export function withIdleTimeout(body: IncomingMessage, idleMs: number): IncomingMessage {
  const { socket } = body;
  const onIdle = (): void => {
    if (body.complete || body.readableLength > 0) socket.setTimeout(idleMs);
    else body.destroy(interruptedError(`no data for ${idleMs} ms`, 'ETIMEDOUT'));
  };
  socket.setTimeout(idleMs);
  socket.on('timeout', onIdle);
  body.once('close', () => socket.off('timeout', onIdle));
  // Patched instead of piped into another stream, which every delivered byte would have to pass.
  const destroy = body._destroy.bind(body);
  body._destroy = (error, done) => destroy(error && toUnavailable(error), done);
  return body;
}

/** Its cause, a network failure, lets RemoteStorage retry the request. */
export function interruptedError(why: string, code: string): UnavailableError {
  return interrupted(Object.assign(new Error(why), { code }));
}

function toUnavailable(error: Error): Error {
  return error instanceof UnavailableError || !isNetworkFailure(error) ? error : interrupted(error);
}

function interrupted(cause: Error): UnavailableError {
  return new UnavailableError('The media store stopped in the middle of a file. Try again.', { cause });
}
