import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/server';

/** How long a request waits for those before it, milliseconds. */
const LOCK_TIMEOUT_MS = 30_000;

interface QueuedRequest {
  release: RequestRelease;
  gone: Promise<void>;
  leave: () => void;
}

/**
 * One request at an upload at a time, first come, first served. The newer one is the client's own, come back after its
 * line broke, so the older one is asked to make room. The library's own locker does the same, but asks without a pause,
 * and who comes at the right moment goes first.
 */
export class TusLocker {
  /** Those who hold, then those who wait, by upload. */
  private readonly queues = new Map<string, QueuedRequest[]>();

  /** For one request; `queued` is called when all that come later come after it. */
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
    let tell!: () => void;
    const gone = new Promise<void>((resolve) => (tell = resolve));
    const leave = () => {
      const at = queue.indexOf(place);
      if (at >= 0) queue.splice(at, 1);
      if (queue.length === 0 && this.queues.get(id) === queue) this.queues.delete(id);
      tell();
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
