import { Module, type DynamicModule } from '@nestjs/common';
import type { Config } from './platform/config/config.js';
import type { ServiceUrls } from './platform/config/service-urls.js';
import { CapacityMetrics } from './capacity/capacity-metrics.js';
import { CdnPurgeModule } from './cdn/purge/cdn-purge.module.js';
import { CoreModule } from './core.module.js';
import { SocketMetrics } from './events/socket-metrics.js';
import { SelfCheckModule } from './maintenance/integrity/self-check.module.js';
import { MetricsModule } from './platform/metrics/metrics.module.js';
import { MediaMetrics } from './streaming/media-metrics.js';
import { TranscodingModule } from './transcoding/transcoding.module.js';
import { UploadMetrics } from './uploads/upload-metrics.js';
import { WebhookDeliveriesModule } from './webhooks/webhook-deliveries.module.js';

/** What only an API counts; a worker reports zero, so that its series do not depend on the kind of a process. */
const METRICS_OF_APIS = [CapacityMetrics, MediaMetrics, SocketMetrics, UploadMetrics];

/** A server without APIs: it only runs queued work and serves /health and /metrics. */
@Module({
  imports: [
    TranscodingModule,
    WebhookDeliveriesModule,
    CdnPurgeModule,
    SelfCheckModule,
    ...METRICS_OF_APIS.map((metrics) => MetricsModule.forFeature(metrics)),
  ],
})
export class WorkerModule {
  static forRoot(config: Config, urls: ServiceUrls): DynamicModule {
    return { module: WorkerModule, imports: [CoreModule.forRoot(config, urls)] };
  }
}
