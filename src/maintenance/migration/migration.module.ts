import { Module, type DynamicModule } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AlbumMediaCleanup } from '../../albums/album-media-cleanup.service.js';
import { Album, AlbumSchema } from '../../albums/album.schema.js';
import {
  UnreferencedAlbumMedia,
  UnreferencedAlbumMediaSchema,
} from '../../albums/unreferenced-album-media.schema.js';
import { CacheModule } from '../../platform/cache/cache.module.js';
import { DatabaseClockModule } from '../../platform/mongo/database-clock.module.js';
import { LeaseModule } from '../../platform/scheduling/lease.module.js';
import { ConfigModule } from '../../platform/config/config.module.js';
import type { Config } from '../../platform/config/config.js';
import type { ServiceUrls } from '../../platform/config/service-urls.js';
import { Song, SongSchema } from '../../songs/song.schema.js';
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
        LeaseModule,
        MongooseModule.forFeature([
          { name: Song.name, schema: SongSchema },
          { name: Album.name, schema: AlbumSchema },
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
        UnreferencedMedia,
        AlbumMediaCleanup,
      ],
    };
  }
}
