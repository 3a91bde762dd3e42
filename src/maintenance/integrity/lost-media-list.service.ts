import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { MediaGroup } from '../../platform/storage/media-group.js';
import { LostMedia } from './lost-media.schema.js';
import type { MediaOwner, PartKind } from './media-owners.service.js';

export type LostCounts = Record<PartKind, number>;

/** List of missing media. Entries found by one check are unconfirmed; those found by a second one count as lost. */
@Injectable()
export class LostMediaList {
  constructor(@InjectModel(LostMedia.name) private readonly entries: Model<LostMedia>) {}

  /** Replaces the entries of an owner by the result of a check. Resolves to its entries. */
  async note(
    owner: Pick<MediaOwner, 'kind' | 'id'>,
    missing: readonly { part: MediaGroup; kind: PartKind }[],
    now: Date,
    lookAt: Date,
  ): Promise<LostMedia[]> {
    for (const { part, kind } of missing) {
      await this.entries.updateOne(
        { _id: part.at },
        {
          $set: { ownerId: owner.id, ownerKind: owner.kind, part: kind, store: part.store, lookAt },
          $setOnInsert: { since: now },
        },
        { upsert: true },
      );
    }
    const places = missing.map(({ part }) => part.at);
    await this.entries.deleteMany({ ownerId: owner.id, _id: { $nin: places } });
    return places.length > 0 ? this.entries.find({ ownerId: owner.id }).lean() : [];
  }

  /** Postpones the next check of an owner's entries to `lookAt`. */
  async postpone(ownerId: string, lookAt: Date): Promise<void> {
    await this.entries.updateMany({ ownerId }, { $set: { lookAt } });
  }

  /** Removes the entries of media that the owner no longer refers to. */
  async keepOnly(ownerId: string, places: readonly string[]): Promise<void> {
    await this.entries.deleteMany({ ownerId, _id: { $nin: places } });
  }

  /** Owners with entries that are due to be checked again, the longest due first. */
  async due(now: Date, limit: number): Promise<Pick<MediaOwner, 'kind' | 'id'>[]> {
    const found = await this.entries
      .find({ lookAt: { $lte: now } })
      .sort({ lookAt: 1 })
      .limit(limit)
      .lean();
    const owners = new Map(found.map(({ ownerId, ownerKind }) => [ownerId, ownerKind]));
    return [...owners].map(([id, kind]) => ({ kind, id }));
  }

  /** Number of songs with a missing generation, confirmed or not. */
  async songs(): Promise<number> {
    return (await this.entries.distinct('ownerId', { part: 'generation' })).length;
  }

  /** Numbers of confirmed entries by kind. */
  async counts(confirmedBefore: Date): Promise<LostCounts> {
    const count = (part: PartKind) =>
      this.entries.countDocuments({ part, since: { $lte: confirmedBefore } }).exec();
    const [original, generation, cover] = await Promise.all([
      count('original'),
      count('generation'),
      count('cover'),
    ]);
    return { original, generation, cover };
  }

  /** Some of the owners with confirmed entries. */
  async examples(confirmedBefore: Date, limit: number): Promise<string[]> {
    const found = await this.entries
      .find({ since: { $lte: confirmedBefore } })
      .sort({ _id: 1 })
      .limit(limit)
      .lean();
    return [...new Set(found.map(({ ownerKind, ownerId }) => `${ownerKind} ${ownerId}`))];
  }
}
