import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import { SchemaTypes } from 'mongoose';
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
