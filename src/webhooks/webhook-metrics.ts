import { Counter, type Registry } from 'prom-client';
import { registerSampledGauge } from '../platform/metrics/sampled-gauge.js';

/** How one delivery attempt ended; `retried`: there will be another attempt. */
export type DeliveryOutcome = 'delivered' | 'retried' | 'given_up';

/** Deliveries to webhooks. */
export class WebhookMetrics {
  private readonly deliveries: Counter;
  private pending?: () => Promise<number>;

  constructor(registry: Registry) {
    this.deliveries = new Counter({
      name: 'webhook_deliveries_total',
      help: 'Attempts to deliver to a webhook, by outcome; retried ones are attempted again.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    registerSampledGauge(registry, {
      name: 'webhook_pending_deliveries',
      help: 'Webhook deliveries that wait for a first or next try; absent while the database does not answer.',
      read: () => this.pending?.(),
    });
  }

  /** One attempt of a webhook delivery has ended. */
  recordWebhookAttempt(outcome: DeliveryOutcome): void {
    this.deliveries.inc({ outcome });
  }

  /** `count` is asked at every scrape: deliveries that wait for a first or next try. */
  observePendingDeliveries(count: () => Promise<number>): void {
    this.pending = count;
  }
}
