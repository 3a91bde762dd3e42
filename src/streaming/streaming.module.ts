import { Module } from '@nestjs/common';
import { CacheModule } from '../platform/cache/cache.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { ArtworkUrlsResolver } from './artwork-urls.resolver.js';
import { HlsSourcesResolver } from './hls-sources.resolver.js';
import { HlsSourcesService } from './hls-sources.service.js';
import { MediaController } from './media.controller.js';
import { MediaUrls } from './media-urls.service.js';
import { SongAudioResolver } from './song-audio.resolver.js';
import { StreamTickets } from './stream-tickets.service.js';
import { StreamingController } from './streaming.controller.js';
import { MediaMetrics } from './media-metrics.js';

/** Playback: media URLs of songs, and the media endpoint. */
@Module({
  imports: [CacheModule, MetricsModule.forFeature(MediaMetrics), SongsModule, StorageModule],
  controllers: [StreamingController, MediaController],
  providers: [
    ArtworkUrlsResolver,
    HlsSourcesService,
    HlsSourcesResolver,
    MediaUrls,
    SongAudioResolver,
    StreamTickets,
  ],
})
export class StreamingModule {}
