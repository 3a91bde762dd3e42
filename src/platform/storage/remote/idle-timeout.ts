import type { IncomingMessage } from 'node:http';
import { UnavailableError } from '../../errors/domain-error.js';
import { isNetworkFailure } from './store-failure.js';

/**
 * Breaks off a response whose sender says nothing for `idleMs`. A listener who does not read is no fault of the
 * sender: as long as something waits to be read here, nothing is missed. A connection that breaks is told in our words.
 */
export function withIdleTimeout(body: IncomingMessage, idleMs: number): IncomingMessage {
  const { socket } = body;
  const onIdle = (): void => {
    if (body.complete || body.readableLength > 0) socket.setTimeout(idleMs);
    else body.destroy(interruptedError(`nothing heard for ${idleMs} ms`, 'ETIMEDOUT'));
  };
  socket.setTimeout(idleMs);
  socket.on('timeout', onIdle);
  body.once('close', () => socket.off('timeout', onIdle));
  // Not a stream behind it: every byte anybody hears would pass through one more.
  const destroy = body._destroy.bind(body);
  body._destroy = (error, done) => destroy(error && inOurWords(error), done);
  return body;
}

/** Its cause tells a storage that asking again may help. */
export function interruptedError(why: string, code: string): UnavailableError {
  return interrupted(Object.assign(new Error(why), { code }));
}

function inOurWords(error: Error): Error {
  return error instanceof UnavailableError || !isNetworkFailure(error) ? error : interrupted(error);
}

function interrupted(cause: Error): UnavailableError {
  return new UnavailableError('The media store stopped in the middle of a file. Try again.', { cause });
}
