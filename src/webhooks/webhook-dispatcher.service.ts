import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { Config } from '../platform/config/config.js';
import { PeriodicTask } from '../platform/scheduling/periodic-task.js';
import { outcomeOf, reasonToDisable } from './delivery-outcome.js';
import { RequestSlots } from './request-slots.js';
import { signedPost } from './signed-post.js';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';
import {
  DeliveryState,
  WebhookDelivery,
  type DeliveryTry,
  type WebhookDeliveryDocument,
} from './webhook-delivery.schema.js';
import { EVENT_NAMES } from './webhook-payload.js';
import { WebhookRepository } from './webhook.repository.js';
import { Webhook, type WebhookDocument } from './webhook.schema.js';
import { WebhookMetrics } from './webhook-metrics.js';

const POLL_MS = 2_000;
/** What the metrics call an attempt after which the delivery is in this state. */
const METRIC_OUTCOMES = {
  [DeliveryState.DELIVERED]: 'delivered',
  [DeliveryState.PENDING]: 'retried',
  [DeliveryState.GIVEN_UP]: 'given_up',
} as const;

/**
 * Sends the deliveries of the outbox, each at least once and in no particular order.
 *
 *     PENDING, due ──claimed──► PENDING, due again later ──2xx──► DELIVERED
 *          ▲                        │       │
 *          └─ failure, or no result ┘       └─ last failure, 410, webhook disabled ──► GIVEN_UP
 *
 * delivery-outcome.ts decides what becomes of a delivery after an attempt.
 */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookDispatcher.name);
  private readonly slots = new RequestSlots();
  private readonly task: PeriodicTask;

  constructor(
    @InjectModel(Webhook.name) private readonly webhooks: Model<Webhook>,
    @InjectModel(WebhookDelivery.name) deliveries: Model<WebhookDelivery>,
    private readonly webhookRepository: WebhookRepository,
    private readonly deliveryRepository: WebhookDeliveryRepository,
    private readonly config: Config,
    private readonly metrics: WebhookMetrics,
  ) {
    metrics.observePendingDeliveries(() =>
      deliveries.countDocuments({ state: DeliveryState.PENDING }).exec(),
    );
    this.task = new PeriodicTask({
      work: (signal) => this.deliverDue(signal),
      pauseMs: Math.min(POLL_MS, config.WEBHOOK_BACKOFF_MS),
      onFailure: (e) => this.logger.warn(`the outbox could not be read, will retry: ${e.message}`),
    });
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  /** Does not wait for running requests: their deliveries are sent again when their claim expires. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }

  /** Call when the outbox has new deliveries. */
  deliverSoon(): void {
    this.task.runSoon();
  }

  private async deliverDue(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.slots.isFull) {
      const delivery = await this.deliveryRepository.claimDue(this.slots.busyReceivers);
      if (!delivery) return;
      this.start(delivery);
    }
  }

  /** Processes a claimed delivery in the background. Its end makes place for another one. */
  private start(delivery: WebhookDeliveryDocument): void {
    const receiver = delivery.webhookId.toString();
    this.slots.take(receiver);
    void this.deliver(delivery)
      .catch((e: Error) =>
        this.logger.warn(`delivery ${delivery.id} could not be processed, will be retried: ${e.message}`),
      )
      .finally(() => {
        this.slots.release(receiver);
        this.task.runSoon();
      });
  }

  private async deliver(delivery: WebhookDeliveryDocument): Promise<void> {
    const webhook = await this.webhooks.findById(delivery.webhookId).select('+secret');
    if (!webhook) return this.deliveryRepository.delete(delivery);
    if (!webhook.enabled)
      return this.deliveryRepository.recordOutcome(delivery, { state: DeliveryState.GIVEN_UP });
    const attempt = await this.post(webhook, delivery);
    const outcome = outcomeOf(attempt, delivery.tries.length, this.config.WEBHOOK_BACKOFF_MS);
    await this.deliveryRepository.recordOutcome(delivery, outcome, attempt);
    this.metrics.recordWebhookAttempt(METRIC_OUTCOMES[outcome.state]);
    if (outcome.state === DeliveryState.DELIVERED) await this.webhookRepository.resetFailures(webhook);
    if (outcome.state === DeliveryState.GIVEN_UP) await this.countFailure(webhook, attempt);
  }

  /** Makes one attempt. Resolves to how it ended, also when it failed. */
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

  private async countFailure(webhook: WebhookDocument, attempt: DeliveryTry): Promise<void> {
    const failures = await this.webhookRepository.countFailure(webhook);
    const reason = failures === null ? null : reasonToDisable(attempt, failures);
    if (reason === null) return;
    await this.webhookRepository.disable(webhook, reason);
    this.logger.warn(`webhook to ${new URL(webhook.url).host} disabled: ${reason}`);
  }
}
