import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './platform/config/config.js';
import type { ServiceUrls } from './platform/config/service-urls.js';
import { CdnPurgeModule } from './cdn/purge/cdn-purge.module.js';
import { CoreModule } from './core.module.js';
import { SelfCheckModule } from './maintenance/integrity/self-check.module.js';
import { TranscodingModule } from './transcoding/transcoding.module.js';
import { WebhookDeliveriesModule } from './webhooks/webhook-deliveries.module.js';

/** A server without APIs: it only runs queued work and serves /health and /metrics. */
@Module({ imports: [TranscodingModule, WebhookDeliveriesModule, CdnPurgeModule, SelfCheckModule] })
export class WorkerModule {
  static forRoot(config: Config, urls: ServiceUrls): DynamicModule {
    return { module: WorkerModule, imports: [CoreModule.forRoot(config, urls)] };
  }
}
