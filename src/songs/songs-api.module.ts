import { Module } from '@nestjs/common';
import { ArtworkModule } from '../artwork/artwork.module.js';
import { AudioModule } from '../audio/audio.module.js';
import { CacheModule } from '../platform/cache/cache.module.js';
import { LeaseModule } from '../platform/scheduling/lease.module.js';
import { EventsModule } from '../events/events.module.js';
import { SocketsModule } from '../events/sockets.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { UsersModule } from '../users/users.module.js';
import { ProcessingResolver } from './processing/processing.resolver.js';
import { SongArtwork } from './song-artwork.service.js';
import { SongLooks } from './events/song-looks.service.js';
import { SongSubscriptionsResolver } from './events/song-subscriptions.resolver.js';
import { SongEventsService } from './events/song-events.service.js';
import { SongsGateway } from './events/songs.gateway.js';
import { SongEditingResolver } from './song-editing.resolver.js';
import { SongRemoval } from './media/song-removal.service.js';
import { SongTagging } from './song-tagging.service.js';
import { SongsModule } from './songs.module.js';
import { SongsResolver } from './songs.resolver.js';

/** The API of songs: resolvers, subscriptions and Socket.io events. Not part of a worker. */
@Module({
  imports: [
    SongsModule,
    UsersModule,
    AudioModule,
    CacheModule,
    ArtworkModule,
    StorageModule,
    EventsModule,
    SocketsModule,
    LeaseModule,
  ],
  providers: [
    SongsResolver,
    SongSubscriptionsResolver,
    SongEventsService,
    SongLooks,
    SongsGateway,
    SongEditingResolver,
    SongRemoval,
    SongArtwork,
    ProcessingResolver,
    SongTagging,
  ],
  exports: [SongArtwork],
})
export class SongsApiModule {}
