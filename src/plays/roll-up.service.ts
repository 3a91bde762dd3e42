import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { ignoreDuplicates } from '../platform/mongo/duplicate-key.js';
import { Lease } from '../platform/scheduling/lease.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { PlayBucket } from './play-bucket.js';
import { linesOf, type BucketLine } from './play-rules.js';
import { Play, Stage } from './play.js';

const LEASE = 'plays';
/** The lease outlives the work by so much that a slow last write still falls into it. */
const LEASE_SECONDS = 12;
const WORK_MS = 5_000;
const ROUND_MS = 1_000;
/** Rounds in which we look for what other processes left, though nobody told us of a play. */
const IDLE_ROUNDS = 10;
const BATCH = 1_000;
/** Batches a bucket remembers; a batch that was cut short is taken up before any new one, so one would do. */
const REMEMBERED = 8;

/**
 * Brings plays into the counters, many at a time. The plays are the truth: each is claimed for one batch, a batch goes
 * into each bucket once, whoever repeats it, and only then are its plays marked. One process at a time, by a lease; a
 * process that dies leaves claimed plays, which the next one takes up where they are.
 */
@Injectable()
export class RollUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(RollUp.name);
  private readonly rounds = new PeriodicTask(
    () => this.work(),
    ROUND_MS,
    (e) => this.logger.warn(`plays are counted later: ${e.message}`),
  );
  private idleRounds = IDLE_ROUNDS;
  private due = false;

  constructor(
    @InjectModel(Play.name) private readonly plays: Model<Play>,
    @InjectModel(PlayBucket.name) private readonly buckets: Model<PlayBucket>,
    private readonly lease: Lease,
  ) {}

  /** Called when a play has been written that should be counted. */
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

  /** One batch, found or made; false when there is nothing to do. */
  private async step(deadline: number): Promise<boolean> {
    const open = await this.plays.findOne({ stage: Stage.CLAIMED });
    const batch = open?.batch ?? (await this.claim());
    if (!batch) return false;
    const plays = await this.plays.find({ stage: Stage.CLAIMED, batch }).select({ songId: 1, at: 1 }).lean();
    if (!(await this.addUp(linesOf(plays), batch, deadline))) return true;
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

  /** Whether every line is in its bucket now. */
  private async addUp(lines: BucketLine[], batch: Types.ObjectId, deadline: number): Promise<boolean> {
    let rest = lines;
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
      // A bucket that has the batch already refuses a second one of its name; so we look instead of guessing.
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
