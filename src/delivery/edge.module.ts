import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Lease, LeaseRecord, LeaseSchema } from '../common/lease.js';
import { HealthModule } from '../health/health.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { EdgeHealth } from './edge-health.js';
import { EdgeStateRecord, EdgeStates, EdgeStateSchema } from './edge-state.js';

/** What is known of the CDN before the house, for every process. */
@Module({
  imports: [
    HealthModule,
    MetricsModule,
    SongsModule,
    MongooseModule.forFeature([
      { name: EdgeStateRecord.name, schema: EdgeStateSchema },
      { name: LeaseRecord.name, schema: LeaseSchema },
    ]),
  ],
  providers: [EdgeStates, EdgeHealth, Lease],
  exports: [EdgeStates, Lease, SongsModule, MetricsModule],
})
export class EdgeModule {}
