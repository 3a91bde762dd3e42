import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import type { CdnReport } from './cdn-facts.js';
import { CdnStateRecord, type CheckState, type PurgeState } from './cdn-state-record.schema.js';

/** Reads and writes the CDN states; nothing else writes them. */
@Injectable()
export class CdnStates {
  constructor(@InjectModel(CdnStateRecord.name) private readonly records: Model<CdnStateRecord>) {}

  /** The last check of this CDN; null if there was none in the last `seconds`. */
  async check(cdnBaseUrl: string, seconds: number): Promise<{ at: Date; report: CdnReport | null } | null> {
    const found = await this.read<CheckState>('check');
    if (
      found?.state.cdnBaseUrl !== cdnBaseUrl ||
      databaseTime().getTime() - found.at.getTime() >= seconds * 1000
    )
      return null;
    return { at: found.at, report: found.state.report };
  }

  /** Null unless the last purge failed. */
  async purge(): Promise<PurgeState | null> {
    return (await this.read<PurgeState>('purge'))?.state ?? null;
  }

  async keepCheck(state: CheckState): Promise<void> {
    await this.keep('check', state);
  }

  /** @param state null after a successful purge */
  async keepPurge(state: PurgeState | null): Promise<void> {
    if (state) await this.keep('purge', state);
    else await this.records.deleteOne({ _id: 'purge' });
  }

  private async read<T>(name: CdnStateRecord['_id']): Promise<{ at: Date; state: T } | null> {
    const found = await this.records.findById(name).lean();
    return found && { at: found.at, state: found.state as T };
  }

  private async keep(name: CdnStateRecord['_id'], state: CdnStateRecord['state']): Promise<void> {
    await this.records.updateOne(
      { _id: name },
      { $set: { state }, $currentDate: { at: true } },
      { upsert: true },
    );
  }
}
