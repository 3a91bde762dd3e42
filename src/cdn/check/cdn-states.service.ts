import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type Model } from 'mongoose';
import { databaseTime } from '../../platform/mongo/database-clock.service.js';
import type { CdnReport } from './cdn-facts.js';

/** Result of the last CDN check. */
export interface CheckState {
  /** The CDN that was checked. */
  cdnBaseUrl: string;
  /** Null if there was no published song to read. */
  report: CdnReport | null;
}

/** State of purging after a failure. */
export interface PurgeState {
  /** Number of consecutive failures. */
  failures: number;
  /** Earliest time of the next request. */
  notBefore: Date;
  /** Explanation for the operator; null if the failure is transient. */
  trouble: string | null;
  /** Hash of zone and token: with other credentials the next attempt need not wait. */
  credentials: string;
}

/** CDN state that one process writes and every process shows. */
@Schema({ collection: 'edge_states', minimize: false })
export class CdnStateRecord {
  @Prop({ type: String })
  _id: 'check' | 'purge';

  @Prop({ type: Date, required: true })
  at: Date;

  @Prop({ type: SchemaTypes.Mixed, required: true })
  state: CheckState | PurgeState;
}

export const CdnStateSchema = SchemaFactory.createForClass(CdnStateRecord);

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
