import { Module } from '@nestjs/common';
import { AudioModule } from '../audio/audio.module.js';
import { CacheModule } from '../platform/cache/cache.module.js';
import { LeaseModule } from '../platform/scheduling/lease.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { AttemptRunner } from './attempt-runner.js';
import { CpuBudget } from './cpu-budget.js';
import { GenerationStore } from './generation-store.js';
import { HlsPackager } from './hls-packager.js';
import { SweepService } from './sweep.service.js';
import { TranscodeProcessor } from './transcode.processor.js';

/** Turns sources into HLS: whoever imports this room works the queue. */
@Module({
  imports: [AudioModule, CacheModule, MetricsModule, SongsModule, StorageModule, LeaseModule],
  providers: [TranscodeProcessor, AttemptRunner, HlsPackager, GenerationStore, CpuBudget, SweepService],
})
export class TranscodingModule {}
