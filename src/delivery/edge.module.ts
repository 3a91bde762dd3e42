import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { LeaseModule } from '../common/lease.module.js';
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
    LeaseModule,
    MongooseModule.forFeature([{ name: EdgeStateRecord.name, schema: EdgeStateSchema }]),
  ],
  providers: [EdgeStates, EdgeHealth],
  exports: [EdgeStates, LeaseModule, SongsModule, MetricsModule],
})
export class EdgeModule {}
