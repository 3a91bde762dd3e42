import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { CapacityResolver } from './capacity.resolver.js';
import { CapacityService } from './capacity.service.js';
import { EdgeWatch } from './edge-watch.service.js';
import { EdgeModule } from './edge.module.js';

/** What delivering the library takes: room, and a CDN that is looked after. */
@Module({
  imports: [MetricsModule, SongsModule, EdgeModule],
  providers: [CapacityService, CapacityResolver, EdgeWatch],
})
export class DeliveryModule {}
