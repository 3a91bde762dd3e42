import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { HealthModule } from '../../platform/health/health.module.js';
import { MetricsModule } from '../../platform/metrics/metrics.module.js';
import { CheckRound, CheckRoundSchema } from './check-round.schema.js';
import { CheckRounds } from './check-rounds.service.js';
import { IntegrityHealth } from './integrity-health.service.js';
import { IntegrityMetrics } from './integrity-metrics.js';
import { LostMediaList } from './lost-media-list.service.js';
import { LostMedia, LostMediaSchema } from './lost-media.schema.js';

/** Stored results of the self-check, readable in every process. */
@Module({
  imports: [
    HealthModule,
    MetricsModule.forFeature(IntegrityMetrics),
    MongooseModule.forFeature([
      { name: CheckRound.name, schema: CheckRoundSchema },
      { name: LostMedia.name, schema: LostMediaSchema },
    ]),
  ],
  providers: [CheckRounds, LostMediaList, IntegrityHealth],
  exports: [CheckRounds, LostMediaList],
})
export class IntegrityModule {}
