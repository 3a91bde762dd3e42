import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { ReadThroughCache } from './read-through-cache.service.js';
import { RedisClient } from './redis-client.service.js';
import { CacheMetrics } from './cache-metrics.js';

/** The read-through cache. Needs ServiceUrls from a global module. */
@Module({
  imports: [MetricsModule.forFeature(CacheMetrics)],
  providers: [RedisClient, ReadThroughCache],
  exports: [RedisClient, ReadThroughCache],
})
export class CacheModule {}
