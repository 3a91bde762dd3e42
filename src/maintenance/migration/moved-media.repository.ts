import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import { MovedMedia } from './moved-media.schema.js';
import type { OwnerKind } from './owner.js';

const PAGE = 200;

/**
 * List of media left in old stores. An entry is written before its owner is switched to the new store, so a crash can
 * leave an entry too many; before removing media, check which store its owner refers to.
 */
@Injectable()
export class MovedMediaRepository {
  constructor(
    @InjectModel(MovedMedia.name) private readonly entries: Model<MovedMedia>,
    private readonly clock: DatabaseClock,
  ) {}

  async record(from: StoreName, owner: { kind: OwnerKind; id: string }, places: string[]): Promise<void> {
    const movedAt = await this.clock.now();
    await Promise.all(
      places.map((at) =>
        this.entries.updateOne(
          { _id: `${from}:${at}` },
          { $set: { from, at, kind: owner.kind, ownerId: owner.id, movedAt } },
          { upsert: true },
        ),
      ),
    );
  }

  countMovedAfter(from: StoreName, moved: Date): Promise<number> {
    return this.entries.countDocuments({ from, movedAt: { $gt: moved } });
  }

  /** Yields the media moved up to `moved`, oldest first. Entries may be deleted while they are read. */
  async *movedUntil(from: StoreName, moved: Date): AsyncIterable<MovedMedia> {
    let last: MovedMedia | undefined;
    for (;;) {
      const page: MovedMedia[] = await this.entries
        .find({ from, movedAt: { $lte: moved }, ...(last && after(last)) })
        .sort({ movedAt: 1, _id: 1 })
        .limit(PAGE)
        .lean();
      yield* page;
      if (page.length < PAGE) return;
      last = page.at(-1);
    }
  }

  async delete({ _id, movedAt }: MovedMedia): Promise<void> {
    await this.entries.deleteOne({ _id, movedAt });
  }
}

const after = ({ movedAt, _id }: MovedMedia) => ({
  $or: [{ movedAt: { $gt: movedAt } }, { movedAt, _id: { $gt: _id } }],
});
