import { Module } from '@nestjs/common';
import { CacheModule } from '../cache/cache.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { PlaysModule } from '../plays/plays.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { CapacityResolver } from './capacity.resolver.js';
import { CapacityService } from './capacity.service.js';
import { CapacityWatch } from './capacity-watch.js';
import { RedisUsage } from './redis-usage.service.js';
import { StatsController } from './stats.controller.js';

/** What delivering the library takes: room, and questions to Redis. */
@Module({
  imports: [CacheModule, MetricsModule, PlaysModule, SongsModule],
  controllers: [StatsController],
  providers: [CapacityService, CapacityWatch, CapacityResolver, RedisUsage],
})
export class DeliveryModule {}
