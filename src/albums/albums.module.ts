import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ArtworkModule } from '../artwork/artwork.module.js';
import { LeaseModule } from '../platform/scheduling/lease.module.js';
import { EventsModule } from '../events/events.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { AlbumArtwork } from './album-artwork.service.js';
import { AlbumEvents } from './album-events.service.js';
import { AlbumLoader } from './album-loader.service.js';
import { AlbumRepository } from './album.repository.js';
import { AlbumMediaCleanup } from './album-media-cleanup.service.js';
import { AlbumSweep } from './album-sweep.service.js';
import { AlbumTracksResolver } from './album-tracks.resolver.js';
import { AlbumTracks } from './album-tracks.service.js';
import { Album, AlbumSchema } from './album.schema.js';
import { AlbumsResolver } from './albums.resolver.js';
import { AlbumsService } from './albums.service.js';
import { AlbumTrackLock } from './album-track-lock.service.js';
import { SongAlbumResolver } from './song-album.resolver.js';
import { UnreferencedAlbumMedia, UnreferencedAlbumMediaSchema } from './unreferenced-album-media.schema.js';

/** Albums: their facts, covers and track lists. */
@Module({
  imports: [
    ArtworkModule,
    LeaseModule,
    EventsModule,
    SongsModule,
    StorageModule,
    MongooseModule.forFeature([
      { name: Album.name, schema: AlbumSchema },
      { name: UnreferencedAlbumMedia.name, schema: UnreferencedAlbumMediaSchema },
    ]),
  ],
  providers: [
    AlbumsResolver,
    AlbumTracksResolver,
    SongAlbumResolver,
    AlbumsService,
    AlbumRepository,
    AlbumTracks,
    AlbumArtwork,
    AlbumEvents,
    AlbumLoader,
    AlbumTrackLock,
    AlbumMediaCleanup,
    AlbumSweep,
  ],
  exports: [MongooseModule, AlbumLoader],
})
export class AlbumsModule {}
