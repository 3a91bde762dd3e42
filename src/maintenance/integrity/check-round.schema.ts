import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { StoreName } from '../../platform/config/store-settings.js';
import type { MediaOwner } from './media-owners.service.js';

/** Progress of the current round over the library, so that any process can continue it. */
@Schema({ collection: 'media_checks', versionKey: false })
export class CheckRound {
  @Prop({ type: String })
  _id: 'round';

  @Prop({ required: true })
  startedAt: Date;

  /** When the whole library had been checked; null while the round is running. */
  @Prop({ type: Date, default: null })
  endedAt: Date | null;

  /** When any media was last checked; null if none has been. */
  @Prop({ type: Date, default: null })
  lookedAt: Date | null;

  /** Kind of owner that is being checked; albums come before songs. */
  @Prop({ type: String, required: true })
  kind: MediaOwner['kind'];

  /** Id of the last owner of this kind that was checked; null at the beginning. */
  @Prop({ type: String, default: null })
  after: string | null;

  /** Number of albums and songs checked in this round. */
  @Prop({ default: 0 })
  checked: number;

  /** Number of songs queued for another transcode in this round. */
  @Prop({ default: 0 })
  remade: number;

  /** Whether so much media is missing that the operator has to act. */
  @Prop({ default: false })
  halted: boolean;

  /** A store in which none of the checked media was found; null if there is none. */
  @Prop({ type: String, default: null })
  emptyStore: StoreName | null;

  /** Remaining number of requests to stores; more are granted evenly over the day. */
  @Prop({ required: true })
  requestsLeft: number;

  @Prop({ required: true })
  grantedAt: Date;
}

export const CheckRoundSchema = SchemaFactory.createForClass(CheckRound);
