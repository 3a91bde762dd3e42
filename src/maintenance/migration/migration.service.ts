import { Injectable } from '@nestjs/common';
import { Lease, LeaseLostError } from '../../platform/scheduling/lease.service.js';
import { isOfOwner } from './failure.js';
import { MediaLibrary } from './media-library.service.js';
import { MediaMover, type Route } from './media-mover.service.js';
import type { MigrationReport, Progress } from './migration-report.js';

const LEASE = 'media migration';
const LEASE_SECONDS = 60;
/** Number of consecutive failures of a store after which the run stops. */
const HOPELESS = 5;
/** A process that was not restarted may still write media to the old store, which another pass then finds. */
const PASSES = 3;

export class BusyError extends Error {
  constructor() {
    super(
      'Another migration is at work. Wait until it has ended; after a crash the next one may begin within a minute.',
    );
  }
}

/** Moves all media from one store to another, one owner after the other. */
@Injectable()
export class Migration {
  constructor(
    private readonly library: MediaLibrary,
    private readonly mover: MediaMover,
    private readonly lease: Lease,
  ) {}

  /** Continues an earlier run. The signal stops it after the objects in progress. Rejects with BusyError. */
  async run(route: Route, progress: Progress, signal: AbortSignal): Promise<MigrationReport> {
    return this.alone(signal, async (inCharge) => {
      const report: MigrationReport = {
        moved: 0,
        gone: 0,
        objects: 0,
        bytes: 0,
        present: 0,
        failed: [],
        stopped: false,
        hopeless: false,
        left: 0,
      };
      progress.total(await this.library.count(route.fromName));
      for (let pass = 0; pass < PASSES && !report.stopped; pass++) {
        const before = report.moved;
        await this.pass(route, progress, inCharge, report);
        report.left = await this.library.count(route.fromName);
        if (report.left <= report.failed.length || report.moved === before) break;
      }
      report.left = await this.library.count(route.fromName);
      return report;
    });
  }

  /** Runs `work` while holding the lease; the signal aborts when the lease is lost. Rejects with BusyError. */
  async alone<T>(signal: AbortSignal, work: (inCharge: AbortSignal) => Promise<T>): Promise<T> {
    try {
      const done = await this.lease.during(LEASE, LEASE_SECONDS, (lost) =>
        work(AbortSignal.any([signal, lost])),
      );
      if (!done) throw new BusyError();
      return done.result;
    } catch (error) {
      throw error instanceof LeaseLostError ? new BusyError() : error;
    } finally {
      // Only this process's lease: that of another one stays.
      await this.lease.release(LEASE).catch(() => undefined);
    }
  }

  private async pass(
    route: Route,
    progress: Progress,
    signal: AbortSignal,
    report: MigrationReport,
  ): Promise<void> {
    let failuresInARow = 0;
    for await (const owner of this.library.holders(route.fromName)) {
      report.hopeless = failuresInARow === HOPELESS;
      if (signal.aborted || report.hopeless) {
        report.stopped = true;
        return;
      }
      if (report.failed.some(({ id }) => id === owner.id)) continue;
      progress.begins(owner.title);
      try {
        const { outcome, objects, bytes, present } = await this.mover.move(owner, route, signal);
        if (outcome === 'moved') report.moved++;
        if (outcome === 'gone') report.gone++;
        report.objects += objects;
        report.bytes += bytes;
        report.present += present;
        failuresInARow = 0;
        progress.done();
      } catch (error) {
        if (signal.aborted) continue;
        // An error of a single song does not count: it says nothing about the next one and recurs in every run.
        if (!isOfOwner(error)) failuresInARow++;
        report.failed.push({
          kind: owner.kind,
          id: owner.id,
          title: owner.title,
          reason: (error as Error).message,
        });
      }
    }
  }
}
