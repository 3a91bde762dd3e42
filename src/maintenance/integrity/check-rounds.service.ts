import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../../platform/mongo/database-clock.service.js';
import { Config } from '../../platform/config/config.js';
import { CheckRound } from './check-round.schema.js';
import { grant } from './request-budget.js';

@Injectable()
export class CheckRounds {
  constructor(
    @InjectModel(CheckRound.name) private readonly rounds: Model<CheckRound>,
    private readonly clock: DatabaseClock,
    private readonly config: Config,
  ) {}

  /** The stored round; null before the first. */
  read(): Promise<CheckRound | null> {
    return this.rounds.findById('round').lean().exec();
  }

  /** Returns the current round, or a new one if it is due, with the requests granted up to now. */
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
