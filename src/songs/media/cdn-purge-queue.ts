import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.js';
import { Config } from '../../platform/config/config.js';

/** An order: what was deleted is to be forgotten by the CDN, too. */
@Schema({ collection: 'edge_purges' })
export class CdnPurgeEntry {
  /** The key, or with a trailing "/" the prefix. */
  @Prop({ type: String })
  _id: string;

  /** null while the files are still in the store: purged now, the edge would only fetch them again. */
  @Prop({ type: Date, default: null, index: true })
  dueAt: Date | null;
}

export const CdnPurgeEntrySchema = SchemaFactory.createForClass(CdnPurgeEntry);

/**
 * Orders for `delivery/`. Each goes along with a line of a ledger (unreferenced-media.ts): the line is written first
 * and settled only after the order was called due, so whatever is killed in between, a sweep comes and does it. Where
 * the deletion itself never came, the order waits for the next one. Purging twice harms nobody.
 */
@Injectable()
export class CdnPurgeQueue {
  /** Whether there is an edge that can be told. */
  readonly enabled: boolean;

  constructor(
    @InjectModel(CdnPurgeEntry.name) private readonly entries: Model<CdnPurgeEntry>,
    private readonly clock: DatabaseClock,
    config: Config,
  ) {
    this.enabled = Boolean(config.CLOUDFLARE_ZONE_ID && config.CDN_BASE_URL);
  }

  /** Before the last reference to it goes. */
  async schedule(key: string): Promise<void> {
    if (!this.enabled) return;
    await this.entries.updateOne({ _id: key }, { $setOnInsert: { dueAt: null } }, { upsert: true });
  }

  /** The store does not have it any more. */
  async markReady(key: string): Promise<void> {
    await this.entries.updateOne({ _id: key, dueAt: null }, { $currentDate: { dueAt: true } });
  }

  /** What may be purged now, oldest first. */
  async nextBatch(limit: number): Promise<string[]> {
    const found = await this.entries
      .find({ dueAt: { $lte: await this.clock.now() } })
      .sort({ dueAt: 1 })
      .limit(limit)
      .lean();
    return found.map(({ _id }) => _id);
  }

  async complete(keys: string[]): Promise<void> {
    await this.entries.deleteMany({ _id: { $in: keys } });
  }

  /** How many could be purged now. */
  pending(): Promise<number> {
    return this.entries.countDocuments({ dueAt: { $ne: null } }).exec();
  }
}
