import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CacheModule } from '../cache/cache.module.js';
import { DrainState } from '../http/drain-state.service.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.service.js';
import { HealthMetrics } from './health-metrics.js';

/** /health. A failure is logged once by its check, not at every probe. */
@Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    CacheModule,
    MetricsModule.forFeature(HealthMetrics),
    StorageModule,
  ],
  controllers: [HealthController],
  providers: [Readiness, DrainState],
  exports: [Readiness],
})
export class HealthModule {}
