import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { Album, AlbumSchema } from '../../albums/album.schema.js';
import { LeaseModule } from '../../platform/scheduling/lease.module.js';
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
    IntegrityModule,
    LeaseModule,
    SongsModule,
    StorageModule,
    MongooseModule.forFeature([{ name: Album.name, schema: AlbumSchema }]),
  ],
  providers: [SelfCheck, MediaLook, MediaOwners, SongRemedies],
})
export class SelfCheckModule {}
