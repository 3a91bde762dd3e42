import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AlbumsModule } from '../albums/albums.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { UsersModule } from '../users/users.module.js';
import { EntriesResolver, EntrySongResolver } from './entries.resolver.js';
import { EntriesService } from './entries.service.js';
import { EntryPages } from './entry-pages.service.js';
import { EntryPositions } from './entry-positions.service.js';
import { OrderKeyShortening } from './order-key-shortening.service.js';
import { PlaylistCopy } from './playlist-copy.service.js';
import { PlaylistEntry, PlaylistEntrySchema } from './playlist-entry.schema.js';
import { PlaylistEntryRepository } from './playlist-entry.repository.js';
import { PlaylistQuota } from './playlist-quota.service.js';
import { PlaylistRecount } from './playlist-recount.service.js';
import { PlaylistUpkeep } from './playlist-upkeep.service.js';
import { PlaylistRepository } from './playlist.repository.js';
import { Playlist, PlaylistSchema } from './playlist.schema.js';
import { PlaylistsResolver } from './playlists.resolver.js';
import { PlaylistsService } from './playlists.service.js';

/** Playlists: songs in an order that one or several accounts choose. */
@Module({
  imports: [
    AlbumsModule,
    SongsModule,
    UsersModule,
    MongooseModule.forFeature([
      { name: Playlist.name, schema: PlaylistSchema },
      { name: PlaylistEntry.name, schema: PlaylistEntrySchema },
    ]),
  ],
  providers: [
    PlaylistsResolver,
    EntriesResolver,
    EntrySongResolver,
    PlaylistsService,
    EntriesService,
    EntryPages,
    EntryPositions,
    PlaylistRepository,
    PlaylistEntryRepository,
    PlaylistCopy,
    PlaylistQuota,
    PlaylistRecount,
    PlaylistUpkeep,
    OrderKeyShortening,
  ],
})
export class PlaylistsModule {}
