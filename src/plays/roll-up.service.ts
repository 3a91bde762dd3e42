import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Types } from 'mongoose';
import { Lease } from '../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { PlayBucketRepository } from './play-bucket.repository.js';
import { incrementsOf } from './play-rules.js';
import { PlayRepository } from './play.repository.js';

const LEASE = 'plays';
/** Longer than WORK_MS by enough for a slow last write to end while the lease is still held. */
const LEASE_SECONDS = 12;
const WORK_MS = 5_000;
const ROUND_MS = 1_000;
/** Without plays of its own, a process looks for plays of other processes once in this many rounds. */
const IDLE_ROUNDS = 10;
const BATCH = 1_000;

/**
 * Adds plays to the counters in batches. Each play is claimed for one batch; a batch is added to each bucket exactly
 * once, even if it is repeated; then its plays are marked as counted. A lease lets one process work at a time. If it
 * dies, the next one finds the claimed plays and completes their batch.
 */
@Injectable()
export class RollUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RollUp.name);
  private readonly task = new PeriodicTask({
    work: () => this.work(),
    pauseMs: ROUND_MS,
    onFailure: (e) => this.logger.warn(`counting plays failed, will retry: ${e.message}`),
  });
  private idleRounds = IDLE_ROUNDS;
  private due = false;

  constructor(
    private readonly plays: PlayRepository,
    private readonly buckets: PlayBucketRepository,
    private readonly lease: Lease,
  ) {}

  /** Call this after writing a play that is due to be counted. */
  note(): void {
    this.due = true;
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  private async work(): Promise<void> {
    if (!this.due && ++this.idleRounds < IDLE_ROUNDS) return;
    if (!(await this.lease.take(LEASE, LEASE_SECONDS))) return;
    const deadline = Date.now() + WORK_MS;
    this.idleRounds = 0;
    this.due = false;
    try {
      while (Date.now() < deadline && (await this.step(deadline)));
    } catch (error) {
      this.due = true;
      throw error;
    } finally {
      await this.lease.release(LEASE).catch(() => undefined);
    }
    if (Date.now() >= deadline) this.due = true;
  }

  /** Processes one batch, an interrupted one first. Resolves to false if there is nothing to do. */
  private async step(deadline: number): Promise<boolean> {
    const batch = (await this.plays.interruptedBatch()) ?? (await this.plays.claimBatch(BATCH));
    if (!batch) return false;
    if (await this.addUp(batch, deadline)) await this.plays.completeBatch(batch);
    return true;
  }

  /** Adds a batch to its buckets. Resolves to whether all of them contain it now. */
  private async addUp(batch: Types.ObjectId, deadline: number): Promise<boolean> {
    let missing = incrementsOf(await this.plays.inBatch(batch));
    while (missing.length > 0 && Date.now() < deadline) missing = await this.buckets.add(missing, batch);
    return missing.length === 0;
  }
}
