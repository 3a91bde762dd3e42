import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { ignoreDuplicates } from '../platform/mongo/duplicate-key.js';
import { Lease } from '../platform/scheduling/lease.service.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { PlayBucket } from './play-bucket.schema.js';
import { incrementsOf, type BucketIncrement } from './play-rules.js';
import { Play, Stage } from './play.schema.js';

const LEASE = 'plays';
/** Longer than WORK_MS by enough for a slow last write to end while the lease is still held. */
const LEASE_SECONDS = 12;
const WORK_MS = 5_000;
const ROUND_MS = 1_000;
/** Without plays of its own, a process looks for plays of other processes once in this many rounds. */
const IDLE_ROUNDS = 10;
const BATCH = 1_000;
/** Number of batches stored in a bucket. An interrupted batch is completed before a new one begins, so one would do. */
const REMEMBERED = 8;

/**
 * Adds plays to the counters in batches. Each play is claimed for one batch; a batch is added to each bucket exactly
 * once, even if it is repeated; then its plays are marked as counted. A lease lets one process work at a time. If it
 * dies, the next one finds the claimed plays and completes their batch.
 */
@Injectable()
export class RollUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RollUp.name);
  private readonly rounds = new PeriodicTask(
    () => this.work(),
    ROUND_MS,
    (e) => this.logger.warn(`counting plays failed, will retry: ${e.message}`),
  );
  private idleRounds = IDLE_ROUNDS;
  private due = false;

  constructor(
    @InjectModel(Play.name) private readonly plays: Model<Play>,
    @InjectModel(PlayBucket.name) private readonly buckets: Model<PlayBucket>,
    private readonly lease: Lease,
  ) {}

  /** Call this after writing a play that is due to be counted. */
  note(): void {
    this.due = true;
  }

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
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
    const open = await this.plays.findOne({ stage: Stage.CLAIMED });
    const batch = open?.batch ?? (await this.claim());
    if (!batch) return false;
    const plays = await this.plays.find({ stage: Stage.CLAIMED, batch }).select({ songId: 1, at: 1 }).lean();
    if (!(await this.addUp(incrementsOf(plays), batch, deadline))) return true;
    await this.plays.updateMany({ stage: Stage.CLAIMED, batch }, { $set: { stage: Stage.COUNTED } });
    return true;
  }

  private async claim(): Promise<Types.ObjectId | null> {
    const due = await this.plays.find({ stage: Stage.DUE }).select({ _id: 1 }).limit(BATCH).lean();
    if (due.length === 0) return null;
    const batch = new Types.ObjectId();
    await this.plays.updateMany(
      { _id: { $in: due.map(({ _id }) => _id) }, stage: Stage.DUE },
      { $set: { stage: Stage.CLAIMED, batch } },
    );
    return batch;
  }

  /** Adds a batch to its buckets. Resolves to whether all of them contain it now. */
  private async addUp(
    increments: BucketIncrement[],
    batch: Types.ObjectId,
    deadline: number,
  ): Promise<boolean> {
    let rest = increments;
    while (rest.length > 0 && Date.now() < deadline) {
      await this.buckets
        .bulkWrite(
          rest.map(({ id, day, songId, plays }) => ({
            updateOne: {
              filter: { _id: id, batches: { $ne: batch } },
              update: {
                $inc: { plays },
                $push: { batches: { $each: [batch], $slice: -REMEMBERED } },
                $setOnInsert: { day, songId: new Types.ObjectId(songId) },
              },
              upsert: true,
            },
          })),
          { ordered: false },
        )
        .catch(ignoreDuplicates);
      // For a bucket that already has the batch, the upsert fails with a duplicate key, so success must be read back.
      const done = await this.buckets
        .find({ _id: { $in: rest.map(({ id }) => id) }, batches: batch })
        .select({ _id: 1 })
        .lean();
      const ids = new Set(done.map(({ _id }) => _id));
      rest = rest.filter(({ id }) => !ids.has(id));
    }
    return rest.length === 0;
  }
}
