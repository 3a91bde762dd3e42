import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { RealtimeModule } from '../events/events.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { WebhookCourier } from './webhook-dispatcher.service.js';
import { WebhookDelivery, WebhookDeliverySchema } from './webhook-delivery.js';
import { WebhookFeed, WebhookMark, WebhookMarkSchema } from './webhook-outbox-writer.service.js';
import { Webhook, WebhookSchema } from './webhook.js';

/** Tells webhooks what happened: for processes that work the queue. */
@Module({
  imports: [
    MetricsModule,
    RealtimeModule,
    SongsModule,
    MongooseModule.forFeature([
      { name: Webhook.name, schema: WebhookSchema },
      { name: WebhookDelivery.name, schema: WebhookDeliverySchema },
      { name: WebhookMark.name, schema: WebhookMarkSchema },
    ]),
  ],
  providers: [WebhookFeed, WebhookCourier],
})
export class WebhookDeliveriesModule {}
