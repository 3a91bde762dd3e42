import { Injectable } from '@nestjs/common';
import { InjectModel, Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.js';
import { Config } from '../../platform/config/config.js';
import type { StoreName } from '../../platform/config/store-settings.js';
import type { MediaOwner } from './media-owner.js';
import { grant } from './request-budget.js';

/** How far the round over the library is, for whichever process goes on with it. */
@Schema({ collection: 'media_checks', versionKey: false })
export class CheckRound {
  @Prop({ type: String })
  _id: 'round';

  @Prop({ required: true })
  startedAt: Date;

  /** When all of the library had been looked at; null while the round goes on. */
  @Prop({ type: Date, default: null })
  endedAt: Date | null;

  /** When anything was looked at last. */
  @Prop({ type: Date, default: null })
  lookedAt: Date | null;

  /** Albums come first. */
  @Prop({ type: String, required: true })
  kind: MediaOwner['kind'];

  /** The last owner of this kind that was looked at. */
  @Prop({ type: String, default: null })
  after: string | null;

  /** Albums and songs looked at in this round. */
  @Prop({ default: 0 })
  checked: number;

  /** Songs that were ordered again in this round. */
  @Prop({ default: 0 })
  remade: number;

  /** Whether so much is missing that nothing is done about it but by a person. */
  @Prop({ default: false })
  halted: boolean;

  /** A store that had nothing of what was looked for. */
  @Prop({ type: String, default: null })
  emptyStore: StoreName | null;

  /** Requests that may still be made, spread over the day. */
  @Prop({ required: true })
  requestsLeft: number;

  @Prop({ required: true })
  grantedAt: Date;
}

export const CheckRoundSchema = SchemaFactory.createForClass(CheckRound);

@Injectable()
export class CheckRounds {
  constructor(
    @InjectModel(CheckRound.name) private readonly rounds: Model<CheckRound>,
    private readonly clock: DatabaseClock,
    private readonly config: Config,
  ) {}

  /** As it was left; null before the first. */
  read(): Promise<CheckRound | null> {
    return this.rounds.findById('round').lean().exec();
  }

  /** The round to go on with: the present one, or a new one when it is time. Requests are granted up to now. */
  async open(): Promise<CheckRound> {
    const [before, now] = await Promise.all([this.read(), this.clock.now()]);
    const granted = grant(
      before && { left: before.requestsLeft, grantedAt: before.grantedAt },
      this.config.selfCheckRequestsPerDay,
      now,
    );
    const budget = { requestsLeft: granted.left, grantedAt: granted.grantedAt };
    const isOver = before?.endedAt && before.startedAt.getTime() + this.periodMs <= now.getTime();
    if (before && !isOver) return { ...before, ...budget };
    return {
      _id: 'round',
      ...budget,
      startedAt: now,
      endedAt: null,
      lookedAt: before?.lookedAt ?? null,
      kind: 'album',
      after: null,
      checked: 0,
      remade: 0,
      halted: before?.halted ?? false,
      emptyStore: before?.emptyStore ?? null,
    };
  }

  async keep(round: CheckRound): Promise<void> {
    const { _id, ...fields } = round;
    await this.rounds.updateOne({ _id }, { $set: fields }, { upsert: true });
  }

  private get periodMs(): number {
    return this.config.SELF_CHECK_SECONDS * 1000;
  }
}
