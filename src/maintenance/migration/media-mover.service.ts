import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { PeriodicTask } from '../../platform/scheduling/periodic-task.js';
import { NotFoundError } from '../../platform/errors/domain-error.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { CheckedCopy, DamagedMediaError, type Throttle } from '../../platform/storage/checked-copy.js';
import { MediaIncompleteError, objectsOf, type MediaGroup } from '../../platform/storage/media-group.js';
import type { MediaStorage } from '../../platform/storage/media-storage.js';
import { NotMovedError } from './failure.js';
import { MediaLibrary } from './media-library.service.js';
import { MovedMediaRepository } from './moved-media.repository.js';
import type { Owner } from './owner.js';

/** Attempts for an owner that changes while its media is copied. */
const TRIES = 5;
/** Time after which the sweep removes a copy whose cleanup entry is no longer extended, seconds. */
const CLEANUP_SECONDS = 600;
const RENEW_MS = 15_000;

export interface Route {
  fromName: StoreName;
  toName: StoreName;
  from: MediaStorage;
  to: MediaStorage;
  /** Number of objects copied concurrently. */
  concurrency: number;
  pace?: Throttle;
  onBytes?: (bytes: number) => void;
}

export interface Moved {
  /** `kept`: it has nothing in the old store (any more). `gone`: it was deleted meanwhile. */
  outcome: 'moved' | 'kept' | 'gone';
  /** Number of objects copied now, without those in `present`. */
  objects: number;
  bytes: number;
  /** Number of objects that an earlier run had copied, verified byte by byte. */
  present: number;
}

/** Moves one owner: copies and verifies all its media in the old store, then switches the owner in one update. */
@Injectable()
export class MediaMover {
  constructor(
    private readonly library: MediaLibrary,
    private readonly movedMedia: MovedMediaRepository,
  ) {}

  /** Rejects with NotMovedError, UnavailableError, or the signal's reason; the owner then is unchanged. */
  async move(first: Owner, route: Route, signal: AbortSignal): Promise<Moved> {
    const sum: Moved = { outcome: 'kept', objects: 0, bytes: 0, present: 0 };
    let owner: Owner | null = first;
    for (let attempt = 1; ; attempt++) {
      const parts: MediaGroup[] = owner.parts.filter(({ store }) => store === route.fromName);
      if (parts.length === 0) return sum;
      const failure = await this.tryOnce(owner, parts, route, signal, sum).then(
        (moved) => (moved ? undefined : new NotMovedError('it changes all the time')),
        (error: unknown) => error as Error,
      );
      if (!failure) return { ...sum, outcome: 'moved' };
      signal.throwIfAborted();
      owner = await this.library.read(owner.kind, owner.id);
      if (!owner) {
        // The cleanup list would have the copies removed as well, only later.
        for (const { at } of parts) await route.to.remove(at).catch(() => undefined);
        return { ...sum, outcome: 'gone' };
      }
      // The owner was switched, although the response to that update was lost.
      if (parts.every(({ at }) => owner?.parts.some((part) => part.at === at && part.store === route.toName)))
        return { ...sum, outcome: 'moved' };
      // Media that is missing because it was replaced meanwhile is no failure: the owner no longer refers to it.
      const unchanged = parts.every(({ at }) => owner?.parts.some((part) => part.at === at));
      if ((unchanged && !(failure instanceof NotMovedError)) || attempt === TRIES)
        throw explained(failure, route);
    }
  }

  private async tryOnce(
    owner: Owner,
    parts: MediaGroup[],
    route: Route,
    signal: AbortSignal,
    sum: Moved,
  ): Promise<boolean> {
    const extend = () => this.library.extendCleanup(owner, parts, CLEANUP_SECONDS);
    await extend();
    const extending = new PeriodicTask({ work: extend, pauseMs: RENEW_MS, onFailure: () => undefined });
    await extending.during(async () => {
      for (const part of parts) await copyPart(part, route, signal, sum);
    });
    signal.throwIfAborted();
    await this.movedMedia.record(
      route.fromName,
      owner,
      parts.map(({ at }) => at),
    );
    return this.library.switchStore(owner, route.fromName, route.toName);
  }
}

async function copyPart(part: MediaGroup, route: Route, signal: AbortSignal, sum: Moved): Promise<void> {
  const copy = new CheckedCopy(route.from, route.to, route.pace);
  const limit = pLimit(route.concurrency);
  let broken = false;
  const results = await Promise.allSettled(
    (await objectsOf(route.from, part)).map((object) =>
      limit(async () => {
        if (broken) return;
        signal.throwIfAborted();
        try {
          const { copied } = await copy.bring(object, part);
          if (copied) sum.objects++;
          else sum.present++;
          if (copied) sum.bytes += object.bytes;
          route.onBytes?.(object.bytes);
        } catch (error) {
          broken = true;
          throw error;
        }
      }),
    ),
  );
  // All copies have ended here, so nothing is written after this function has returned.
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

function explained(error: Error, { fromName, toName }: Route): Error {
  if (error instanceof NotFoundError)
    return new NotMovedError(`some of its files are missing in ${fromName}`, { cause: error });
  if (error instanceof MediaIncompleteError)
    return new NotMovedError(`it is not whole in ${fromName}: ${error.message}`, { cause: error });
  if (error instanceof DamagedMediaError)
    return new NotMovedError(`${error.between(fromName, toName)}; a damaged file stays where it is`, {
      cause: error,
    });
  return error;
}
