import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { AlbumsModule } from '../albums/albums.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { UsersModule } from '../users/users.module.js';
import { Artist, ArtistSchema } from './artist.schema.js';
import { ArtistRegister } from './artist-register.service.js';
import { ArtistsResolver } from './artists.resolver.js';
import { ArtistsService } from './artists.service.js';
import { SearchMark, SearchMarkSchema } from './search-mark.schema.js';
import { SearchResolver } from './search.resolver.js';

/** Search over songs, albums and artists, and the collection of artists. */
@Module({
  imports: [
    SongsModule,
    AlbumsModule,
    UsersModule,
    MongooseModule.forFeature([
      { name: Artist.name, schema: ArtistSchema },
      { name: SearchMark.name, schema: SearchMarkSchema },
    ]),
  ],
  providers: [SearchResolver, ArtistsResolver, ArtistsService, ArtistRegister],
})
export class SearchModule {}
