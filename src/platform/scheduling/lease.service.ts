import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { withTimeout } from '../async/with-timeout.js';
import { DatabaseClock } from '../mongo/database-clock.service.js';
import { isDuplicateKey } from '../mongo/duplicate-key.js';
import { Claim } from './claim.js';
import { LeaseRecord } from './lease-record.schema.js';
import { PeriodicTask } from './periodic-task.js';

/** A lease is renewed this often within its time, so that some may fail. */
const RENEWALS = 4;

const claimFor = (seconds: number): Claim =>
  new Claim({ until: 'expiresAt', holder: 'holder' }, seconds * 1000);

/** The process has lost a lease: it was too slow, or the database did not answer, and another process may hold it now. */
export class LeaseLostError extends Error {}

/** Lets only one of many processes do a task at a time. The database's clock decides when a lease expires. */
@Injectable()
export class Lease {
  private readonly holder = randomUUID();

  constructor(
    @InjectModel(LeaseRecord.name) private readonly leases: Model<LeaseRecord>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Resolves with true if this process now holds the lease, for `seconds` from now. */
  async take(name: string, seconds: number): Promise<boolean> {
    const now = await this.clock.now();
    const claim = claimFor(seconds);
    try {
      await this.leases.updateOne(
        { _id: name, ...claim.freeFor(this.holder, now) },
        { $set: claim.taken(now, this.holder) },
        { upsert: true },
      );
      return true;
    } catch (error) {
      // The upsert found the record of another holder.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** False if the lease is another process's, or was released: a late renewal must not take it anew. */
  private async renew(name: string, seconds: number): Promise<boolean> {
    const claim = claimFor(seconds);
    const now = await this.clock.now();
    const { matchedCount } = await this.leases.updateOne(
      { _id: name, ...claim.heldBy(this.holder) },
      { $set: claim.taken(now, this.holder) },
    );
    return matchedCount === 1;
  }

  async release(name: string): Promise<void> {
    await this.leases.deleteOne({ _id: name, holder: this.holder });
  }

  /**
   * Runs `work` if this process can take the lease, and renews it until `work` has ended; afterwards the lease lasts for
   * up to `seconds`. Resolves to null, without running `work`, if another process holds it. The signal aborts with
   * LeaseLostError when the lease could not be renewed in time: from then on another process may begin.
   */
  async during<T>(
    name: string,
    seconds: number,
    work: (lost: AbortSignal) => Promise<T>,
  ): Promise<{ result: T } | null> {
    let heldUntil = 0;
    const noted = async (update: Promise<boolean>): Promise<boolean> => {
      // From before the database's time was read, so that this process stops before another one may begin.
      const until = performance.now() + seconds * 1000;
      const isOurs = await update;
      if (isOurs) heldUntil = until;
      return isOurs;
    };
    if (!(await noted(this.take(name, seconds)))) return null;
    const lost = new AbortController();
    const renewal = new PeriodicTask({
      work: async () => {
        if (lost.signal.aborted) return;
        const restMs = heldUntil - performance.now();
        const isHeld =
          restMs > 0 && (await withTimeout(restMs, noted(this.renew(name, seconds)), () => false));
        if (!isHeld) lost.abort(new LeaseLostError(`the lease "${name}" could not be renewed`));
      },
      pauseMs: (seconds * 1000) / RENEWALS,
      // The next renewal tries again, as long as the lease lasts.
      onFailure: () => undefined,
    });
    return { result: await renewal.during(() => work(lost.signal)) };
  }
}
