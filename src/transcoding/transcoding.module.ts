import { Module } from '@nestjs/common';
import { AudioModule } from '../audio/audio.module.js';
import { CacheModule } from '../platform/cache/cache.module.js';
import { LeaseModule } from '../platform/scheduling/lease.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { AttemptRunner } from './attempt-runner.service.js';
import { CpuBudget } from './cpu-budget.service.js';
import { GenerationStore } from './generation-store.service.js';
import { HlsPackager } from './hls-packager.service.js';
import { StalledSongsSweep } from './stalled-songs-sweep.service.js';
import { SweepService } from './sweep.service.js';
import { UnqueuedSongsSweep } from './unqueued-songs-sweep.service.js';
import { UnreferencedMediaSweep } from './unreferenced-media-sweep.service.js';
import { TranscodeProcessor } from './transcode.processor.js';
import { TranscodingMetrics } from './transcoding-metrics.js';

/** Transcodes songs to HLS. A process that imports this module works on the queue. */
@Module({
  imports: [
    AudioModule,
    CacheModule,
    MetricsModule.forFeature(TranscodingMetrics),
    SongsModule,
    StorageModule,
    LeaseModule,
  ],
  providers: [
    TranscodeProcessor,
    AttemptRunner,
    HlsPackager,
    GenerationStore,
    CpuBudget,
    SweepService,
    StalledSongsSweep,
    UnqueuedSongsSweep,
    UnreferencedMediaSweep,
  ],
})
export class TranscodingModule {}
