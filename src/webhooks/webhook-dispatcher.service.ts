import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.js';
import { Config } from '../platform/config/config.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { signedPost, TIMEOUT_MS } from './signed-post.js';
import {
  DeliveryState,
  WebhookDelivery,
  type DeliveryTry,
  type WebhookDeliveryDocument,
} from './webhook-delivery.js';
import { EVENT_NAMES } from './webhook-payload.js';
import { Webhook, type WebhookDocument } from './webhook.js';

/** Posts under way in this process, and of these to one receiver: a slow one must not hold up the others. */
const IN_HAND = 8;
const IN_HAND_PER_WEBHOOK = 2;
/** Whoever took a delivery and is not heard of for this long has died; another takes it, milliseconds. */
const LEASE_MS = 3 * TIMEOUT_MS;
const POLL_MS = 2_000;
/** Tries per delivery; the pauses between them double. */
const MAX_TRIES = 10;
/** Deliveries given up one after the other until we stop telling a webhook anything. */
const MAX_FAILURES = 10;
const GONE = 410;

/** Empties the outbox: at least once, in whatever order receivers allow. */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookDispatcher.name);
  private readonly inHand: string[] = [];
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private polling = false;

  constructor(
    @InjectModel(Webhook.name) private readonly webhooks: Model<Webhook>,
    @InjectModel(WebhookDelivery.name) private readonly deliveries: Model<WebhookDelivery>,
    private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly clock: DatabaseClock,
  ) {
    metrics.observePendingDeliveries(() =>
      deliveries.countDocuments({ state: DeliveryState.PENDING }).exec(),
    );
  }

  onApplicationBootstrap(): void {
    const every = Math.min(POLL_MS, this.config.WEBHOOK_BACKOFF_MS);
    this.timer = setInterval(() => this.poll(), every).unref();
  }

  /** What is under way now is left to its lease. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** There may be something to deliver. */
  poll(): void {
    if (this.polling) return;
    this.polling = true;
    this.deliverDue()
      .catch((e: Error) => this.logger.warn(`outbox not read, later again: ${e.message}`))
      .finally(() => (this.polling = false));
  }

  private async deliverDue(): Promise<void> {
    while (!this.stopped && this.inHand.length < IN_HAND) {
      const busy = this.inHand.filter(
        (id) => this.inHand.filter((o) => o === id).length >= IN_HAND_PER_WEBHOOK,
      );
      const now = await this.clock.now();
      const delivery = await this.deliveries.findOneAndUpdate(
        {
          state: DeliveryState.PENDING,
          dueAt: { $lte: now },
          webhookId: { $nin: [...new Set(busy)] },
        },
        { $set: { dueAt: new Date(now.getTime() + LEASE_MS) } },
        { sort: { dueAt: 1 }, returnDocument: 'after' },
      );
      if (!delivery) return;
      const receiver = delivery.webhookId.toString();
      this.inHand.push(receiver);
      void this.deliver(delivery)
        .catch((e: Error) => this.logger.warn(`delivery ${delivery.id} stays for later: ${e.message}`))
        .finally(() => {
          this.inHand.splice(this.inHand.indexOf(receiver), 1);
          this.poll();
        });
    }
  }

  private async deliver(delivery: WebhookDeliveryDocument): Promise<void> {
    const webhook = await this.webhooks.findById(delivery.webhookId).select('+secret');
    if (!webhook) return void (await this.deliveries.deleteOne({ _id: delivery._id }));
    if (!webhook.enabled) return this.recordOutcome(delivery, { state: DeliveryState.GIVEN_UP, dueAt: null });
    const tried = await this.post(webhook, delivery);
    if (tried.error === null) {
      await this.recordOutcome(delivery, { state: DeliveryState.DELIVERED, dueAt: null }, tried);
      this.metrics.recordWebhookAttempt('delivered');
      await this.webhooks.updateOne({ _id: webhook._id, failures: { $gt: 0 } }, { $set: { failures: 0 } });
      return;
    }
    const over = tried.status === GONE || delivery.tries.length + 1 >= MAX_TRIES;
    const pause = this.config.WEBHOOK_BACKOFF_MS * 2 ** delivery.tries.length;
    await this.recordOutcome(
      delivery,
      over
        ? { state: DeliveryState.GIVEN_UP, dueAt: null }
        : { state: DeliveryState.PENDING, dueAt: await this.clock.in(pause) },
      tried,
    );
    this.metrics.recordWebhookAttempt(over ? 'given_up' : 'retried');
    if (over) await this.countFailure(webhook, tried);
  }

  private async post(
    webhook: WebhookDocument,
    { id, event, body }: WebhookDeliveryDocument,
  ): Promise<DeliveryTry> {
    const begun = Date.now();
    const ended = (facts: Pick<DeliveryTry, 'status' | 'error' | 'response'>): DeliveryTry => ({
      at: new Date(),
      durationMs: Date.now() - begun,
      ...facts,
    });
    try {
      const { status, response } = await signedPost({
        url: webhook.url,
        body,
        secret: webhook.secret,
        headers: { 'x-delivery-id': id as string, 'x-event': EVENT_NAMES[event] },
        allowPrivate: this.config.WEBHOOK_ALLOW_PRIVATE,
      });
      const arrived = status >= 200 && status < 300;
      return ended({ status, response, error: arrived ? null : `The receiver answered ${status}.` });
    } catch (error) {
      return ended({ status: null, response: '', error: (error as Error).message.slice(0, 300) });
    }
  }

  private async recordOutcome(
    { _id }: WebhookDeliveryDocument,
    outcome: { state: DeliveryState; dueAt: Date | null },
    tried?: DeliveryTry,
  ): Promise<void> {
    await this.deliveries.updateOne(
      { _id, state: DeliveryState.PENDING },
      { $set: outcome, ...(tried ? { $push: { tries: tried } } : {}) },
    );
  }

  private async countFailure({ _id, url }: WebhookDocument, { status, error }: DeliveryTry): Promise<void> {
    const counted = await this.webhooks.findByIdAndUpdate(
      _id,
      { $inc: { failures: 1 } },
      { returnDocument: 'after' },
    );
    if (!counted || (status !== GONE && counted.failures < MAX_FAILURES)) return;
    const disabledReason =
      status === GONE
        ? 'The receiver answered 410 Gone.'
        : `${counted.failures} deliveries in a row failed: ${error}`;
    await this.webhooks.updateOne({ _id }, { $set: { enabled: false, disabledReason } });
    this.logger.warn(`webhook to ${new URL(url).host} disabled: ${disabledReason}`);
  }
}
