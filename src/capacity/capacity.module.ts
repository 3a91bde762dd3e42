import { Module } from '@nestjs/common';
import { CacheMetrics } from '../platform/cache/cache-metrics.js';
import { CacheModule } from '../platform/cache/cache.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { PlaysModule } from '../plays/plays.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { CapacityMetrics } from './capacity-metrics.js';
import { CapacityResolver } from './capacity.resolver.js';
import { CapacityService } from './capacity.service.js';
import { CapacityGauge } from './capacity-gauge.service.js';
import { CdnMonitor } from '../cdn/check/cdn-monitor.service.js';
import { CdnCheckModule } from '../cdn/check/cdn-check.module.js';
import { RedisUsage } from './redis-usage.service.js';
import { StatsController } from './stats.controller.js';

/** Measures the capacity that the library uses (storage, database, Redis commands) and monitors the CDN. */
@Module({
  imports: [
    CacheModule,
    MetricsModule.forFeature(CacheMetrics),
    MetricsModule.forFeature(CapacityMetrics),
    PlaysModule,
    SongsModule,
    CdnCheckModule,
  ],
  controllers: [StatsController],
  providers: [CapacityService, CapacityGauge, CapacityResolver, RedisUsage, CdnMonitor],
})
export class CapacityModule {}
