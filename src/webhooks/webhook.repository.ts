import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { createOnce } from '../platform/mongo/unanswered-write.js';
import { Webhook, type WebhookDocument } from './webhook.schema.js';

/** The one writer of `webhooks`. */
@Injectable()
export class WebhookRepository {
  constructor(@InjectModel(Webhook.name) private readonly webhooks: Model<Webhook>) {}

  create(fields: Pick<Webhook, 'url' | 'events' | 'secret'>): Promise<WebhookDocument> {
    return createOnce(this.webhooks, fields);
  }

  /** Changes the given fields; enabling resets the failures. Null if the webhook is gone. */
  change(
    id: string,
    fields: Partial<Pick<Webhook, 'url' | 'events' | 'enabled'>>,
  ): Promise<WebhookDocument | null> {
    const reset = fields.enabled ? { failures: 0, disabledReason: null } : {};
    return this.webhooks
      .findByIdAndUpdate(id, { $set: { ...fields, ...reset } }, { returnDocument: 'after' })
      .exec();
  }

  /** Resolves to whether there was one. */
  async delete(id: string): Promise<boolean> {
    const { deletedCount } = await this.webhooks.deleteOne({ _id: id });
    return deletedCount === 1;
  }

  /** A delivery has arrived. */
  async resetFailures({ _id }: WebhookDocument): Promise<void> {
    await this.webhooks.updateOne({ _id, failures: { $gt: 0 } }, { $set: { failures: 0 } });
  }

  /** A delivery was given up. Resolves to the number of those in a row; null if the webhook is gone. */
  async countFailure({ _id }: WebhookDocument): Promise<number | null> {
    const counted = await this.webhooks.findByIdAndUpdate(
      _id,
      { $inc: { failures: 1 } },
      { returnDocument: 'after' },
    );
    return counted?.failures ?? null;
  }

  async disable({ _id }: WebhookDocument, disabledReason: string): Promise<void> {
    await this.webhooks.updateOne({ _id }, { $set: { enabled: false, disabledReason } });
  }
}
