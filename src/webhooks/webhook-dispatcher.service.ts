import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { DatabaseClock } from '../platform/mongo/database-clock.service.js';
import { Config } from '../platform/config/config.js';
import { signedPost, TIMEOUT_MS } from './signed-post.js';
import {
  DeliveryState,
  WebhookDelivery,
  type DeliveryTry,
  type WebhookDeliveryDocument,
} from './webhook-delivery.schema.js';
import { EVENT_NAMES } from './webhook-payload.js';
import { Webhook, type WebhookDocument } from './webhook.schema.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** Requests at a time in this process, and to one receiver, so that a slow receiver does not delay the others. */
const MAX_REQUESTS = 8;
const MAX_REQUESTS_PER_WEBHOOK = 2;
/** After this long without a result, another process may send the delivery again, milliseconds. */
const LEASE_MS = 3 * TIMEOUT_MS;
const POLL_MS = 2_000;
/** Attempts per delivery; the pauses between them double. */
const MAX_TRIES = 10;
/** Failed deliveries in a row after which a webhook is disabled. */
const MAX_FAILURES = 10;
const GONE = 410;

/** Sends the deliveries of the outbox, each at least once and in no particular order. */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookDispatcher.name);
  /** The webhook id of each running request. */
  private readonly running: string[] = [];
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private polling = false;

  constructor(
    @InjectModel(Webhook.name) private readonly webhooks: Model<Webhook>,
    @InjectModel(WebhookDelivery.name) private readonly deliveries: Model<WebhookDelivery>,
    private readonly config: Config,
    private readonly metrics: WebhookMetrics,
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

  /** Does not wait for running requests: their deliveries are sent again when their lease expires. */
  beforeApplicationShutdown(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  /** Sends all due deliveries. Called periodically, and when the outbox has new ones. */
  poll(): void {
    if (this.polling) return;
    this.polling = true;
    this.deliverDue()
      .catch((e: Error) => this.logger.warn(`the outbox could not be read, will retry: ${e.message}`))
      .finally(() => (this.polling = false));
  }

  private async deliverDue(): Promise<void> {
    while (!this.stopped && this.running.length < MAX_REQUESTS) {
      const busy = this.running.filter(
        (id) => this.running.filter((o) => o === id).length >= MAX_REQUESTS_PER_WEBHOOK,
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
      this.running.push(receiver);
      void this.deliver(delivery)
        .catch((e: Error) =>
          this.logger.warn(`delivery ${delivery.id} could not be processed, will be retried: ${e.message}`),
        )
        .finally(() => {
          this.running.splice(this.running.indexOf(receiver), 1);
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
