import { Module } from '@nestjs/common';
import { CacheModule } from '../cache/cache.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { PlaysModule } from '../plays/plays.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { CapacityResolver } from './capacity.resolver.js';
import { CapacityService } from './capacity.service.js';
import { CapacityWatch } from './capacity-watch.js';
import { EdgeWatch } from './edge-watch.service.js';
import { EdgeModule } from './edge.module.js';
import { RedisUsage } from './redis-usage.service.js';
import { StatsController } from './stats.controller.js';

/** What delivering the library takes: room, questions to Redis, and a CDN that is looked after. */
@Module({
  imports: [CacheModule, MetricsModule, PlaysModule, SongsModule, EdgeModule],
  controllers: [StatsController],
  providers: [CapacityService, CapacityWatch, CapacityResolver, RedisUsage, EdgeWatch],
})
export class DeliveryModule {}
