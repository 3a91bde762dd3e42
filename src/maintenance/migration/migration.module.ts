import { Module, type DynamicModule } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AlbumMediaCleanup } from '../../albums/album-media-cleanup.service.js';
import { AlbumEvents } from '../../albums/album-events.service.js';
import { AlbumRepository } from '../../albums/album.repository.js';
import { Album, AlbumSchema } from '../../albums/album.schema.js';
import {
  UnreferencedAlbumMedia,
  UnreferencedAlbumMediaSchema,
} from '../../albums/unreferenced-album-media.schema.js';
import { EventsModule } from '../../events/events.module.js';
import { CacheModule } from '../../platform/cache/cache.module.js';
import { DatabaseClockModule } from '../../platform/mongo/database-clock.module.js';
import { LeaseModule } from '../../platform/scheduling/lease.module.js';
import { ConfigModule } from '../../platform/config/config.module.js';
import type { Config } from '../../platform/config/config.js';
import type { ServiceUrls } from '../../platform/config/service-urls.js';
import { SongRepository } from '../../songs/song.repository.js';
import { SongSideEffects } from '../../songs/song-side-effects.service.js';
import { Song, SongSchema } from '../../songs/song.schema.js';
import { CdnPurgeEntry, CdnPurgeEntrySchema } from '../../songs/media/cdn-purge-entry.schema.js';
import { CdnPurgeQueue } from '../../songs/media/cdn-purge-queue.service.js';
import { UnreferencedEntry, UnreferencedEntrySchema } from '../../songs/media/unreferenced-entry.schema.js';
import { UnreferencedMedia } from '../../songs/media/unreferenced-media.service.js';
import { MediaLibrary } from './media-library.service.js';
import { Migration } from './migration.service.js';
import { MovedMediaRepository } from './moved-media.repository.js';
import { MovedMedia, MovedMediaSchema } from './moved-media.schema.js';
import { MovedRemoval } from './moved-removal.service.js';
import { MediaMover } from './media-mover.service.js';
import { MigrationSurvey } from './migration-survey.service.js';

/** How long to wait for a database that does not answer, milliseconds. */
const DATABASE_TIMEOUT_MS = 5_000;

/** Moves media between stores while the service is running. Imported by a separate process. */
@Module({})
export class MigrationModule {
  static forRoot(config: Config, urls: ServiceUrls): DynamicModule {
    return {
      module: MigrationModule,
      imports: [
        ConfigModule.forRoot(config, urls),
        MongooseModule.forRoot(urls.mongodbUri, {
          serverSelectionTimeoutMS: DATABASE_TIMEOUT_MS,
          retryAttempts: 0,
        }),
        DatabaseClockModule,
        CacheModule,
        EventsModule,
        LeaseModule,
        MongooseModule.forFeature([
          { name: Song.name, schema: SongSchema },
          { name: Album.name, schema: AlbumSchema },
          { name: CdnPurgeEntry.name, schema: CdnPurgeEntrySchema },
          { name: UnreferencedEntry.name, schema: UnreferencedEntrySchema },
          { name: UnreferencedAlbumMedia.name, schema: UnreferencedAlbumMediaSchema },
          { name: MovedMedia.name, schema: MovedMediaSchema },
        ]),
      ],
      providers: [
        MediaLibrary,
        MediaMover,
        Migration,
        MigrationSurvey,
        MovedRemoval,
        MovedMediaRepository,
        SongRepository,
        SongSideEffects,
        UnreferencedMedia,
        CdnPurgeQueue,
        AlbumRepository,
        AlbumEvents,
        AlbumMediaCleanup,
      ],
    };
  }
}
