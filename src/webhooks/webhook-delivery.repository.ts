import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import { Types, type Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { ignoreDuplicates } from '../platform/mongo/duplicate-key.js';
import { Claim } from '../platform/scheduling/claim.js';
import { TIMEOUT_MS } from './signed-post.js';
import type { Outcome } from './delivery-outcome.js';
import {
  DeliveryState,
  WebhookDelivery,
  type DeliveryTry,
  type WebhookDeliveryDocument,
} from './webhook-delivery.schema.js';
import type { OutboxEntry } from './webhook-payload.js';

/** After three time-outs without a result, another process may send the delivery again. */
const SENDING = new Claim({ until: 'dueAt' }, 3 * TIMEOUT_MS);

/** The one writer of `webhook_deliveries`, the outbox and its log. */
@Injectable()
export class WebhookDeliveryRepository {
  constructor(
    @InjectModel(WebhookDelivery.name) private readonly deliveries: Model<WebhookDelivery>,
    private readonly clock: DatabaseClock,
  ) {}

  /** Adds the deliveries that the outbox does not have yet. Resolves to whether there were any. */
  async addNew(entries: OutboxEntry[]): Promise<boolean> {
    const found = await this.deliveries
      .find({ key: { $in: entries.map(({ key }) => key) } })
      .select({ key: 1 });
    const known = new Set(found.map(({ key }) => key));
    const fresh = entries.filter(({ key }) => !known.has(key));
    if (fresh.length === 0) return false;
    // Another process may have added some of them meanwhile.
    await this.deliveries.insertMany(fresh, { ordered: false }).catch(ignoreDuplicates);
    return true;
  }

  /**
   * Claims the delivery that has been due for the longest, except those to `busyWebhooks`. If its outcome is not
   * recorded before the claim expires, it is due again. Null if none is due.
   */
  async claimDue(busyWebhooks: string[]): Promise<WebhookDeliveryDocument | null> {
    const now = await this.clock.now();
    return this.deliveries.findOneAndUpdate(
      { state: DeliveryState.PENDING, ...SENDING.expired(now), webhookId: { $nin: busyWebhooks } },
      { $set: SENDING.taken(now) },
      { sort: { dueAt: 1 }, returnDocument: 'after' },
    );
  }

  /** Records what became of a delivery and the attempt that led to it, unless the delivery has ended meanwhile. */
  async recordOutcome(
    { _id }: WebhookDeliveryDocument,
    outcome: Outcome,
    attempt?: DeliveryTry,
  ): Promise<void> {
    const dueAt = outcome.state === DeliveryState.PENDING ? await this.clock.in(outcome.pauseMs) : null;
    await this.deliveries.updateOne(
      { _id, state: DeliveryState.PENDING },
      { $set: { state: outcome.state, dueAt }, ...(attempt ? { $push: { tries: attempt } } : {}) },
    );
  }

  async delete({ _id }: WebhookDeliveryDocument): Promise<void> {
    await this.deliveries.deleteOne({ _id });
  }

  async deleteAllOf(webhookId: string): Promise<void> {
    await this.deliveries.deleteMany({ webhookId: new Types.ObjectId(webhookId) });
  }
}
