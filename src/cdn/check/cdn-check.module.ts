import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { LeaseModule } from '../../platform/scheduling/lease.module.js';
import { HealthModule } from '../../platform/health/health.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { SongsModule } from '../../songs/songs.module.js';
import { CdnHealth } from './cdn-health.service.js';
import { CdnStateRecord, CdnStateSchema } from './cdn-state-record.schema.js';
import { CdnStates } from './cdn-states.service.js';
import { CdnMetrics } from './cdn-metrics.js';

/** Stored results of CDN checks and purges, readable in every process. */
@Module({
  imports: [
    HealthModule,
    MetricsModule.forFeature(CdnMetrics),
    SongsModule,
    LeaseModule,
    MongooseModule.forFeature([{ name: CdnStateRecord.name, schema: CdnStateSchema }]),
  ],
  providers: [CdnStates, CdnHealth],
  exports: [CdnStates, LeaseModule, SongsModule, MetricsModule.forFeature(CdnMetrics)],
})
export class CdnCheckModule {}
