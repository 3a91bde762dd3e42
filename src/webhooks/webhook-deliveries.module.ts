import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { EventsModule } from '../events/events.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { WebhookCursor, WebhookCursorSchema } from './webhook-cursor.schema.js';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';
import { WebhookDelivery, WebhookDeliverySchema } from './webhook-delivery.schema.js';
import { WebhookDispatcher } from './webhook-dispatcher.service.js';
import { WebhookOutboxWriter } from './webhook-outbox-writer.service.js';
import { WebhookRepository } from './webhook.repository.js';
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
  providers: [WebhookRepository, WebhookDeliveryRepository, WebhookOutboxWriter, WebhookDispatcher],
})
export class WebhookDeliveriesModule {}
