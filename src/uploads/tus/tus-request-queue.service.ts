import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ERRORS, type Locker, type RequestRelease } from '@tus/server';

/** How long a request waits at the lock for earlier requests for the same upload, milliseconds. */
const LOCK_TIMEOUT_MS = 30_000;

const PATH = /^\/uploads\/([0-9a-f]{32})$/;

/** The id of the upload that a request addresses; undefined when it cannot be an upload. */
export function uploadIdIn(originalUrl: string): string | undefined {
  return PATH.exec(originalUrl)?.[1];
}

/** The place of one request in the queue of its upload. */
class Place {
  private readonly leaving = new AbortController();
  private release?: RequestRelease;
  private isAskedToEnd = false;

  /** @param queue the request whose turn it is, then those that wait */
  constructor(readonly queue: Set<Place>) {
    queue.add(this);
  }

  /** Aborted when the request has left the queue, for good. */
  get left(): AbortSignal {
    return this.leaving.signal;
  }

  get isAtLock(): boolean {
    return this.release !== undefined;
  }

  leave(): void {
    this.queue.delete(this);
    this.leaving.abort();
  }

  /** `release` makes the request end within a moment; that is needed only while another one still waits. */
  async reachLock(release: RequestRelease): Promise<void> {
    this.release = release;
    const isAwaited = Array.from(this.queue).some((place) => place !== this && place.isAtLock);
    if (this.isAskedToEnd && isAwaited) await release();
  }

  /** A later request waits. One that has not reached the lock is asked when it does. */
  async askToEnd(): Promise<void> {
    this.isAskedToEnd = true;
    await this.release?.();
  }
}

/**
 * Lets one request at a time access an upload, in the order in which the requests arrived. A request takes its place on
 * arrival, before authentication, which takes a varying time: otherwise a HEAD could overtake an earlier, broken PATCH
 * and report an offset that the PATCH's buffered bytes still change. A newer request is usually the same client after a
 * broken connection, so an older one is asked to end. The library's own locker does the same, but polls without a pause
 * and does not keep the order.
 *
 *     PATCH               queue               HEAD
 *       |------ enter ----->|                   |
 *       |                   |<----- enter ------|
 *       |                   |<----- lock -------|  authenticated first, but waits
 *       |------ lock ------>|                   |
 *       |<---- release -----|                   |
 *       | writes what has   |                   |
 *       | arrived           |                   |
 *       |------ unlock ---->|                   |
 *                           |------ locked ---->|  the offset is final
 *
 * A request that never reaches the lock, because it is refused or its client disconnects, leaves when its response has
 * ended. One that has reached the lock leaves by `unlock` only, because it may still write after its client has gone.
 */
@Injectable()
export class TusRequestQueue {
  /** By upload id. */
  private readonly queues = new Map<string, Set<Place>>();
  private readonly places = new WeakMap<IncomingMessage, Place>();

  /** Call when a request for an upload arrives. */
  enter(uploadId: string, request: IncomingMessage, response: ServerResponse): void {
    const place = this.join(uploadId);
    this.places.set(request, place);
    const ended = () => {
      if (!place.isAtLock) place.leave();
    };
    response.once('finish', ended).once('close', ended);
  }

  /** The locker of one request, which is used for one upload. */
  lockerOf(request: IncomingMessage): Locker {
    return {
      newLock: (uploadId) => {
        const entered = this.places.get(request);
        // Its response has ended already, so its place is gone: it queues again at the end.
        const place = entered && !entered.left.aborted ? entered : this.join(uploadId);
        return {
          lock: (signal, release) => waitForTurn(place, signal, release),
          unlock: async () => place.leave(),
        };
      },
    };
  }

  private join(uploadId: string): Place {
    const queue = this.queues.get(uploadId) ?? new Set();
    this.queues.set(uploadId, queue);
    const place = new Place(queue);
    place.left.addEventListener('abort', () => {
      if (queue.size === 0) this.queues.delete(uploadId);
    });
    return place;
  }
}

/** Resolves when the request is the first of its queue. Throws an error of the tus library when it gives up waiting. */
async function waitForTurn(place: Place, signal: AbortSignal, release: RequestRelease): Promise<void> {
  const timeout = AbortSignal.timeout(LOCK_TIMEOUT_MS);
  try {
    await place.reachLock(release);
    for (let [first] = place.queue; first && first !== place; [first] = place.queue) {
      await first.askToEnd();
      await anyAborted(first.left, signal, timeout);
      if (signal.aborted) throw ERRORS.ABORTED;
      if (timeout.aborted) throw ERRORS.ERR_LOCK_TIMEOUT;
    }
  } catch (error) {
    place.leave();
    throw error;
  }
}

async function anyAborted(...signals: AbortSignal[]): Promise<void> {
  const any = AbortSignal.any(signals);
  if (!any.aborted) await once(any, 'abort');
}
