import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { Config } from '../platform/config/config.js';
import { ConflictError } from '../platform/errors/domain-error.js';
import { isDuplicateKey } from '../platform/mongo/duplicate-key.js';
import { Play, Stage, type PlayDocument } from './play.schema.js';

const DAY_MS = 86_400_000;

/** A report that a play has lasted for so many seconds. */
export interface PlayReport {
  /** The client's play id in lower case. */
  readonly id: string;
  readonly songId: string;
  /** Null if the listener is not signed in. */
  readonly accountId: string | null;
  readonly seconds: number;
  /** Stage.DUE once enough was heard, else Stage.HEARD. */
  readonly stage: number;
}

/** The only writer of `plays`. */
@Injectable()
export class PlayRepository {
  constructor(
    @InjectModel(Play.name) private readonly plays: Model<Play>,
    private readonly config: Config,
  ) {}

  /**
   * Stores the report in one write; the greatest seconds and stage reported for a play count. Throws ConflictError if
   * the id belongs to a play of another song or account.
   */
  async record(report: PlayReport): Promise<PlayDocument> {
    try {
      return await this.upsert(report);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    try {
      // Two first reports of the same play collided; the other one has been stored, so this one can update it.
      return await this.upsert(report);
    } catch (error) {
      if (isDuplicateKey(error)) throw new ConflictError('This "playId" belongs to another play.');
      throw error;
    }
  }

  private upsert({ id, songId, accountId, seconds, stage }: PlayReport): Promise<PlayDocument> {
    const now = new Date();
    return this.plays
      .findOneAndUpdate(
        {
          _id: id,
          songId: new Types.ObjectId(songId),
          accountId: accountId === null ? null : new Types.ObjectId(accountId),
        },
        {
          $max: { seconds, stage },
          $setOnInsert: {
            at: now,
            seq: new Types.ObjectId(),
            expiresAt: new Date(now.getTime() + this.config.PLAYS_KEPT_DAYS * DAY_MS),
          },
        },
        { upsert: true, returnDocument: 'after' },
      )
      .exec();
  }

  /** The latest plays of an account, latest first; only those before the play with this `seq` if one is given. */
  latest(accountId: string, limit: number, beforeSeq?: string): Promise<PlayDocument[]> {
    const before = beforeSeq ? { seq: { $lt: new Types.ObjectId(beforeSeq) } } : {};
    return this.plays
      .find({ accountId: new Types.ObjectId(accountId), ...before })
      .sort({ seq: -1 })
      .limit(limit)
      .exec();
  }

  /** The songs of the latest plays of an account, latest first, each once. */
  async latestSongIds(accountId: string, plays: number): Promise<string[]> {
    const found = await this.plays
      .find({ accountId: new Types.ObjectId(accountId) })
      .select({ songId: 1 })
      .sort({ seq: -1 })
      .limit(plays)
      .lean();
    return [...new Set(found.map(({ songId }) => songId.toString()))];
  }

  count(accountId: string): Promise<number> {
    return this.plays.countDocuments({ accountId: new Types.ObjectId(accountId) }).exec();
  }

  /** Approximate number of stored plays, from the collection's metadata. */
  estimatedCount(): Promise<number> {
    return this.plays.estimatedDocumentCount().exec();
  }

  /** The batch that was claimed but not completed; undefined if there is none. */
  async interruptedBatch(): Promise<Types.ObjectId | undefined> {
    return (await this.plays.findOne({ stage: Stage.CLAIMED }))?.batch;
  }

  /** Claims at most `limit` plays that are due for a new batch. Null if none is due. */
  async claimBatch(limit: number): Promise<Types.ObjectId | null> {
    const due = await this.plays.find({ stage: Stage.DUE }).select({ _id: 1 }).limit(limit).lean();
    if (due.length === 0) return null;
    const batch = new Types.ObjectId();
    await this.plays.updateMany(
      { _id: { $in: due.map(({ _id }) => _id) }, stage: Stage.DUE },
      { $set: { stage: Stage.CLAIMED, batch } },
    );
    return batch;
  }

  /** The plays that were claimed for the batch. */
  async inBatch(batch: Types.ObjectId): Promise<Pick<Play, 'songId' | 'at'>[]> {
    return this.plays.find({ stage: Stage.CLAIMED, batch }).select({ songId: 1, at: 1 }).lean();
  }

  /** Call it once all buckets contain the batch. */
  async completeBatch(batch: Types.ObjectId): Promise<void> {
    await this.plays.updateMany({ stage: Stage.CLAIMED, batch }, { $set: { stage: Stage.COUNTED } });
  }
}
