import type { IncomingMessage } from 'node:http';
import { UnavailableError } from '../common/domain-error.js';

/**
 * Breaks off a response whose sender says nothing for `idleMs`. A listener who does not read is no fault of the
 * sender: as long as something waits to be read here, nothing is missed.
 */
export function attentive(body: IncomingMessage, idleMs: number): IncomingMessage {
  const { socket } = body;
  const onIdle = (): void => {
    if (body.complete || body.readableLength > 0) socket.setTimeout(idleMs);
    else body.destroy(stopped(idleMs));
  };
  socket.setTimeout(idleMs);
  socket.on('timeout', onIdle);
  body.once('close', () => socket.off('timeout', onIdle));
  return body;
}

/** Its cause tells a storage that asking again may help. */
function stopped(idleMs: number): UnavailableError {
  const cause = Object.assign(new Error(`nothing heard for ${idleMs} ms`), { code: 'ETIMEDOUT' });
  return new UnavailableError('The media store stopped in the middle of a file. Try again.', { cause });
}
