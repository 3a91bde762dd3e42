import type { IncomingMessage } from 'node:http';
import { finished, Readable } from 'node:stream';
import { UnavailableError } from '../../errors/domain-error.js';
import { isNetworkFailure } from './store-failure.js';

/**
 * The body of a store's answer. It fails with UnavailableError when the connection breaks in the middle, or when the
 * store sends nothing for `idleMs` while the reader waits. A reader that pauses is not the store's fault: no time runs
 * then, and who reads for a client has to give up one that takes nothing (the media endpoint, after two minutes).
 */
export class RemoteBody extends Readable {
  private timer?: NodeJS.Timeout;

  constructor(
    private readonly answer: IncomingMessage,
    private readonly idleMs: number,
  ) {
    // Holds one chunk of a paused reader; the answer and its socket hold more.
    super({ highWaterMark: 1 });
    // Before somebody reads, an 'error' without a listener would end the process; the reader gets the error again.
    this.on('error', () => undefined);
    answer.pause();
    answer.on('data', (chunk: Buffer) => this.receive(chunk));
    answer.once('end', () => {
      this.stopTimer();
      this.push(null);
    });
    // Also for an answer that has failed already.
    finished(answer, (error) => error && this.destroy(isNetworkFailure(error) ? interrupted(error) : error));
  }

  override _read(): void {
    this.timer ??= setTimeout(() => this.giveUp(), this.idleMs).unref();
    this.answer.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.stopTimer();
    this.answer.destroy();
    done(error);
  }

  private receive(chunk: Buffer): void {
    if (this.push(chunk)) this.timer?.refresh();
    else {
      this.stopTimer();
      this.answer.pause();
    }
  }

  private stopTimer(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private giveUp(): void {
    this.destroy(interruptedError(`no data for ${this.idleMs} ms`, 'ETIMEDOUT'));
  }
}

/** Its cause, a network failure, lets RemoteStorage retry the request. */
export function interruptedError(why: string, code: string): UnavailableError {
  return interrupted(Object.assign(new Error(why), { code }));
}

function interrupted(cause: Error): UnavailableError {
  return new UnavailableError('The media store stopped in the middle of a file. Try again.', { cause });
}
