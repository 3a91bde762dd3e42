import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ArtworkModule } from '../artwork/artwork.module.js';
import { AudioModule } from '../audio/audio.module.js';
import { CacheModule } from '../platform/cache/cache.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { EventsModule } from '../events/events.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { CdnPurgeEntry, CdnPurgeEntrySchema } from './media/cdn-purge-entry.schema.js';
import { CdnPurgeQueue } from './media/cdn-purge-queue.service.js';
import { LibraryTotalsService } from './library-totals.service.js';
import { SongLifecycle } from './processing/song-lifecycle.service.js';
import { SongLoader } from './song-loader.service.js';
import { SongMetrics } from './song-metrics.service.js';
import { SongRepository } from './song.repository.js';
import { SongSideEffects } from './song-side-effects.service.js';
import { Song, SongSchema } from './song.schema.js';
import { SongsService } from './songs.service.js';
import { TRANSCODE_QUEUE, TranscodeQueue } from './queue/transcode-queue.service.js';
import { UnreferencedEntry, UnreferencedEntrySchema } from './media/unreferenced-entry.schema.js';
import { UnreferencedMedia } from './media/unreferenced-media.service.js';

/** Songs, their lifecycle and their files, for servers and workers. SongsApiModule adds the API. */
@Module({
  imports: [
    AudioModule,
    ArtworkModule,
    CacheModule,
    MetricsModule,
    EventsModule,
    StorageModule,
    BullModule.registerQueue({ name: TRANSCODE_QUEUE }),
    MongooseModule.forFeature([
      { name: Song.name, schema: SongSchema },
      { name: UnreferencedEntry.name, schema: UnreferencedEntrySchema },
      { name: CdnPurgeEntry.name, schema: CdnPurgeEntrySchema },
    ]),
  ],
  providers: [
    SongsService,
    SongLoader,
    SongRepository,
    SongSideEffects,
    SongLifecycle,
    TranscodeQueue,
    SongMetrics,
    UnreferencedMedia,
    CdnPurgeQueue,
    LibraryTotalsService,
  ],
  exports: [
    SongsService,
    SongLoader,
    SongRepository,
    SongLifecycle,
    TranscodeQueue,
    SongMetrics,
    UnreferencedMedia,
    CdnPurgeQueue,
    LibraryTotalsService,
    MongooseModule,
    BullModule,
  ],
})
export class SongsModule {}
