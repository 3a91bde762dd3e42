import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { EventsModule } from '../events/events.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { WebhookDispatcher } from './webhook-dispatcher.service.js';
import { WebhookDelivery, WebhookDeliverySchema } from './webhook-delivery.schema.js';
import { WebhookOutboxWriter, WebhookCursor, WebhookCursorSchema } from './webhook-outbox-writer.service.js';
import { Webhook, WebhookSchema } from './webhook.schema.js';
import { WebhookMetrics } from './webhook-metrics.js';

/** Sends events to webhooks, in the worker processes. */
@Module({
  imports: [
    MetricsModule.forFeature(WebhookMetrics),
    EventsModule,
    SongsModule,
    MongooseModule.forFeature([
      { name: Webhook.name, schema: WebhookSchema },
      { name: WebhookDelivery.name, schema: WebhookDeliverySchema },
      { name: WebhookCursor.name, schema: WebhookCursorSchema },
    ]),
  ],
  providers: [WebhookOutboxWriter, WebhookDispatcher],
})
export class WebhookDeliveriesModule {}
