import { Module } from '@nestjs/common';
import { MetricsModule } from '../metrics/metrics.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { CapacityResolver } from './capacity.resolver.js';
import { CapacityService } from './capacity.service.js';

/** What delivering the library takes: room today. */
@Module({
  imports: [MetricsModule, SongsModule],
  providers: [CapacityService, CapacityResolver],
})
export class DeliveryModule {}
