import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { AnswerCache } from './read-through-cache.js';
import { RedisClient } from './redis-client.js';

/** Remembered answers. Needs SupplierUrls from a global module. */
@Module({
  imports: [MetricsModule],
  providers: [RedisClient, AnswerCache],
  exports: [RedisClient, AnswerCache],
})
export class CacheModule {}
