import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Album, AlbumSchema } from '../../albums/album.schema.js';
import { CacheModule } from '../../platform/cache/cache.module.js';
import { LeaseModule } from '../../platform/scheduling/lease.module.js';
import { EventsModule } from '../../events/events.module.js';
import { SongsModule } from '../../songs/songs.module.js';
import { StorageModule } from '../../platform/storage/storage.module.js';
import { IntegrityModule } from './integrity.module.js';
import { MediaLook } from './media-look.service.js';
import { MediaOwners } from './media-owners.service.js';
import { SelfCheck } from './self-check.service.js';
import { SongRemedies } from './song-remedies.service.js';

/** Searches for lost media. Imported by processes that work on the queue. */
@Module({
  imports: [
    CacheModule,
    IntegrityModule,
    LeaseModule,
    EventsModule,
    SongsModule,
    StorageModule,
    MongooseModule.forFeature([{ name: Album.name, schema: AlbumSchema }]),
  ],
  providers: [SelfCheck, MediaLook, MediaOwners, SongRemedies],
})
export class SelfCheckModule {}
