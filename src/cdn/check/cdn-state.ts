import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes, type Model } from 'mongoose';
import { databaseTime } from '../../platform/mongo/database-clock.js';
import type { CdnReport } from './cdn-facts.js';

/** What a look at the CDN ended with. */
export interface CheckState {
  /** Of which CDN. */
  cdnBaseUrl: string;
  /** null: there was nothing to read. */
  report: CdnReport | null;
}

/** How purging goes. */
export interface PurgeState {
  /** Failures in a row. */
  failures: number;
  /** No request before. */
  notBefore: Date;
  /** What is wrong, for a person; null when it may pass by itself. */
  trouble: string | null;
  /** Of zone and token: with others it is tried at once. */
  credentials: string;
}

/** What one process has found of the edge, for all of them to tell. */
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

  /** The last look at this CDN, if it was in the last `seconds`; null: none counts. */
  async check(cdnBaseUrl: string, seconds: number): Promise<{ at: Date; report: CdnReport | null } | null> {
    const found = await this.read<CheckState>('check');
    if (
      found?.state.cdnBaseUrl !== cdnBaseUrl ||
      databaseTime().getTime() - found.at.getTime() >= seconds * 1000
    )
      return null;
    return { at: found.at, report: found.state.report };
  }

  /** null: all is well. */
  async purge(): Promise<PurgeState | null> {
    return (await this.read<PurgeState>('purge'))?.state ?? null;
  }

  async keepCheck(state: CheckState): Promise<void> {
    await this.keep('check', state);
  }

  /** null: all is well. */
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
