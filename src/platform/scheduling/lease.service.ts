import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../mongo/database-clock.service.js';
import { isDuplicateKey } from '../mongo/duplicate-key.js';
import { LeaseRecord } from './lease-record.schema.js';

/** Lets only one of many processes do a task at a time. The database's clock decides when a lease expires. */
@Injectable()
export class Lease {
  private readonly holder = randomUUID();

  constructor(
    @InjectModel(LeaseRecord.name) private readonly leases: Model<LeaseRecord>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Resolves with true if this process now holds the lease, for `seconds` from now. */
  async take(name: string, seconds: number): Promise<boolean> {
    const now = await this.clock.now();
    try {
      await this.leases.updateOne(
        { _id: name, $or: [{ holder: this.holder }, { expiresAt: { $lte: now } }] },
        { $set: { holder: this.holder, expiresAt: new Date(now.getTime() + seconds * 1000) } },
        { upsert: true },
      );
      return true;
    } catch (error) {
      // The upsert found the record of another holder.
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  async release(name: string): Promise<void> {
    await this.leases.deleteOne({ _id: name, holder: this.holder });
  }
}
