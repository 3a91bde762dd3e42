import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/server';

/** How long a request waits for earlier requests for the same upload, milliseconds. */
const LOCK_TIMEOUT_MS = 30_000;

interface QueuedRequest {
  release: RequestRelease;
  gone: Promise<void>;
  leave: () => void;
}

/**
 * Lets one request at a time access an upload, in order of arrival. A newer request is usually the same client after a
 * broken connection, so the older one is asked to release the lock. The library's own locker does the same, but polls
 * without a pause and does not keep the order.
 */
export class TusLocker {
  /** By upload id: the request that holds the lock, then those that wait for it. */
  private readonly queues = new Map<string, QueuedRequest[]>();

  /** A locker for one request. `queued` is called once the request has its place in the queue. */
  locker(queued: () => void): Locker {
    return { newLock: (id) => this.lock(id, queued) };
  }

  private lock(id: string, queued: () => void): Lock {
    let own: QueuedRequest | undefined;
    return {
      lock: async (signal, release) => {
        own = this.enqueue(id, release);
        queued();
        try {
          await this.waitUntilFirst(id, own, signal);
        } catch (error) {
          own.leave();
          throw error;
        }
      },
      unlock: async () => own?.leave(),
    };
  }

  private enqueue(id: string, release: RequestRelease): QueuedRequest {
    const queue = this.queues.get(id) ?? [];
    this.queues.set(id, queue);
    let resolveGone!: () => void;
    const gone = new Promise<void>((resolve) => (resolveGone = resolve));
    const leave = () => {
      const at = queue.indexOf(place);
      if (at >= 0) queue.splice(at, 1);
      if (queue.length === 0 && this.queues.get(id) === queue) this.queues.delete(id);
      resolveGone();
    };
    const place = { release, gone, leave };
    queue.push(place);
    return place;
  }

  private async waitUntilFirst(id: string, own: QueuedRequest, signal: AbortSignal): Promise<void> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(LOCK_TIMEOUT_MS)]);
    for (let [first] = this.queues.get(id)!; first !== own; [first] = this.queues.get(id)!) {
      await first!.release();
      await Promise.race([first!.gone, aborted(deadline)]);
      if (deadline.aborted) throw signal.aborted ? ERRORS.ABORTED : ERRORS.ERR_LOCK_TIMEOUT;
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
