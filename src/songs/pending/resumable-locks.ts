import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/server';

/** How long a request waits for the one before it, milliseconds. */
const PATIENCE_MS = 30_000;

interface Holder {
  release: RequestRelease;
  gone: Promise<void>;
}

/**
 * One request at an upload at a time. The newer one is the client's own, come back after its line broke, so the older
 * one is asked to make room. The library's own locker does the same, but asks without a pause.
 */
export class ResumableLocks implements Locker {
  private readonly holders = new Map<string, Holder>();

  newLock(id: string): Lock {
    let leave: () => void = () => undefined;
    return {
      lock: async (signal, requestRelease) => {
        const deadline = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
        for (let holder = this.holders.get(id); holder; holder = this.holders.get(id)) {
          await holder.release();
          await Promise.race([holder.gone, aborted(deadline)]);
          if (deadline.aborted) throw signal.aborted ? ERRORS.ABORTED : ERRORS.ERR_LOCK_TIMEOUT;
        }
        const gone = new Promise<void>((resolve) => (leave = resolve));
        this.holders.set(id, { release: requestRelease, gone });
      },
      unlock: async () => {
        this.holders.delete(id);
        leave();
      },
    };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
