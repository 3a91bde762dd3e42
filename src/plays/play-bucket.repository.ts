import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { ignoreDuplicates } from '../platform/mongo/duplicate-key.js';
import { PlayBucket } from './play-bucket.schema.js';
import { ALL_TIME, bucketId, type BucketIncrement } from './play-rules.js';

/** Number of batches stored in a bucket. An interrupted batch is completed before a new one begins, so one would do. */
const REMEMBERED = 8;

/** How often a song was played in some days. */
export interface SongPlays {
  songId: string;
  plays: number;
}

/** The only writer of `song_plays_daily`. */
@Injectable()
export class PlayBucketRepository {
  constructor(@InjectModel(PlayBucket.name) private readonly buckets: Model<PlayBucket>) {}

  /**
   * Adds a batch to the buckets that do not contain it yet, so it may be repeated. Resolves to the increments whose
   * buckets still do not contain it.
   */
  async add(increments: BucketIncrement[], batch: Types.ObjectId): Promise<BucketIncrement[]> {
    await this.buckets
      .bulkWrite(
        increments.map(({ id, day, songId, plays }) => ({
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
      .find({ _id: { $in: increments.map(({ id }) => id) }, batches: batch })
      .select({ _id: 1 })
      .lean();
    const ids = new Set(done.map(({ _id }) => _id));
    return increments.filter(({ id }) => !ids.has(id));
  }

  /** Plays of all time, in the order of `songIds`. */
  async totals(songIds: readonly string[]): Promise<number[]> {
    const found = await this.buckets
      .find({ _id: { $in: songIds.map((id) => bucketId(ALL_TIME, id)) } })
      .select({ plays: 1, songId: 1 })
      .lean();
    const plays = new Map(found.map((bucket) => [bucket.songId.toString(), bucket.plays]));
    return songIds.map((id) => plays.get(id) ?? 0);
  }

  /** The songs played most on one day, or in total with ALL_TIME; most played first. */
  async mostPlayedOn(day: string, limit: number): Promise<SongPlays[]> {
    const found = await this.buckets.find({ day }).sort({ plays: -1 }).limit(limit).lean();
    return found.map(({ songId, plays }) => ({ songId: songId.toString(), plays }));
  }

  /** The songs played most from one day to another, both included; most played first. */
  async mostPlayedBetween(firstDay: string, lastDay: string, limit: number): Promise<SongPlays[]> {
    const found = await this.buckets.aggregate<{ _id: Types.ObjectId; plays: number }>([
      { $match: { day: { $gte: firstDay, $lte: lastDay } } },
      { $group: { _id: '$songId', plays: { $sum: '$plays' } } },
      { $sort: { plays: -1, _id: 1 } },
      { $limit: limit },
    ]);
    return found.map(({ _id, plays }) => ({ songId: _id.toString(), plays }));
  }
}
