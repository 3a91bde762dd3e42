import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './config/config.js';
import type { SupplierUrls } from './config/supplier-urls.js';
import { EdgePurgeModule } from './delivery/edge-purge.module.js';
import { HouseModule } from './house.module.js';
import { SelfCheckModule } from './integrity/self-check.module.js';
import { TranscodingModule } from './transcoding/transcoding.module.js';
import { WebhookDeliveriesModule } from './webhooks/webhook-deliveries.module.js';

/** A house without doors: only the queue's work, and /health and /metrics for who runs it. */
@Module({ imports: [TranscodingModule, WebhookDeliveriesModule, EdgePurgeModule, SelfCheckModule] })
export class WorkerModule {
  static of(config: Config, urls: SupplierUrls): DynamicModule {
    return { module: WorkerModule, imports: [HouseModule.of(config, urls)] };
  }
}
