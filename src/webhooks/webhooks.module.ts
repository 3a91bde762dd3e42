import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { WebhookDeliveryRepository } from './webhook-delivery.repository.js';
import { WebhookDelivery, WebhookDeliverySchema } from './webhook-delivery.schema.js';
import { WebhookRepository } from './webhook.repository.js';
import { Webhook, WebhookSchema } from './webhook.schema.js';
import { WebhooksResolver } from './webhooks.resolver.js';
import { WebhooksService } from './webhooks.service.js';

/** The API by which administrators manage webhooks. WebhookDeliveriesModule sends to them. */
@Module({
  imports: [
    MongooseModule.forFeature([
      { name: Webhook.name, schema: WebhookSchema },
      { name: WebhookDelivery.name, schema: WebhookDeliverySchema },
    ]),
  ],
  providers: [WebhookRepository, WebhookDeliveryRepository, WebhooksService, WebhooksResolver],
})
export class WebhooksModule {}
