import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { Config } from '../../platform/config/config.js';
import { CdnPurgeEntry } from './cdn-purge-entry.schema.js';

/**
 * The CDN purges to be made by src/cdn. Each belongs to an entry of the cleanup list (unreferenced-media.service.ts): that
 * entry is written first and removed only after the purge was marked ready, so after a crash in between the sweep
 * repeats both. If the deletion itself never happened, the purge waits for the next one. Purging twice does no harm.
 */
@Injectable()
export class CdnPurgeQueue {
  /** Whether a CDN with a purge API is configured. */
  readonly enabled: boolean;

  constructor(
    @InjectModel(CdnPurgeEntry.name) private readonly entries: Model<CdnPurgeEntry>,
    private readonly clock: DatabaseClock,
    config: Config,
  ) {
    this.enabled = Boolean(config.CLOUDFLARE_ZONE_ID && config.CDN_BASE_URL);
  }

  /** Call before the last reference to the key is removed. */
  async schedule(key: string): Promise<void> {
    if (!this.enabled) return;
    await this.entries.updateOne({ _id: key }, { $setOnInsert: { dueAt: null } }, { upsert: true });
  }

  /** Call when the key has been removed from the store. */
  async markReady(key: string): Promise<void> {
    await this.entries.updateOne({ _id: key, dueAt: null }, { $currentDate: { dueAt: true } });
  }

  /** Keys that may be purged now, oldest first. */
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

  /** Number of keys that may be purged now. */
  pending(): Promise<number> {
    return this.entries.countDocuments({ dueAt: { $ne: null } }).exec();
  }
}
