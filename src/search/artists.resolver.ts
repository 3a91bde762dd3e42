import { Args, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { Page } from '../platform/graphql/connection.js';
import { SongConnection, type Song } from '../songs/song.schema.js';
import { Public } from '../users/authorization/access.guard.js';
import { Artist } from './artist.schema.js';
import { ArtistsService } from './artists.service.js';
import { PageArgs } from './page.args.js';

@Resolver(() => Artist)
export class ArtistsResolver {
  constructor(private readonly artists: ArtistsService) {}

  @Public()
  @Query(() => Artist, { description: 'One artist. Errors: NOT_FOUND.' })
  artist(@Args('id', { type: () => ID, description: 'Artist.id' }) id: string): Promise<Artist> {
    return this.artists.get(id);
  }

  @ResolveField(() => SongConnection, {
    description: 'Songs by this artist, newest first. Errors: BAD_INPUT.',
  })
  songs(@Parent() artist: Artist, @Args() { first, after }: PageArgs): Promise<Page<Song>> {
    return this.artists.songsOf(artist, first, after);
  }
}
