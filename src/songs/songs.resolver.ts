import { Args, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { MAX_PAGE, type Page } from '../platform/graphql/connection.js';
import { NotFoundError } from '../platform/errors/domain-error.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { Role } from '../users/accounts/account.schema.js';
import { RequireRole, Public, WithScope } from '../users/authorization/access.guard.js';
import { AccessScope } from '../users/access-tokens/access-scope.js';
import { ProcessingState } from './processing/processing.schema.js';
import { SongLifecycle } from './processing/song-lifecycle.service.js';
import { SongLoader } from './song-loader.service.js';
import { Song, SongConnection } from './song.schema.js';
import { SongsService } from './songs.service.js';

@Resolver(() => Song)
export class SongsResolver {
  constructor(
    private readonly songs: SongsService,
    private readonly loader: SongLoader,
    private readonly lifecycle: SongLifecycle,
  ) {}

  @Public()
  @Query(() => Song, { description: 'One song. Errors: NOT_FOUND.' })
  async song(@Args('id', { type: () => ID, description: 'Song.id' }) id: string): Promise<Song> {
    const song = await this.loader.load(checkedId('Song', id));
    if (!song) throw new NotFoundError('Song', id);
    return song;
  }

  @Public()
  @Query(() => SongConnection, { name: 'songs', description: 'All songs, newest first. Errors: BAD_INPUT.' })
  list(
    @Args('first', { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
    @Args('search', {
      type: () => String,
      nullable: true,
      description:
        'Words of title, artist or album: every one as a prefix, upper case and accents ignored. `totalCount` then ' +
        'counts to 1,000 at most.',
    })
    search: string | null,
    @Args('state', {
      type: () => ProcessingState,
      nullable: true,
      description: 'Only songs whose latest run is in this state, such as FAILED.',
    })
    state: ProcessingState | null,
  ): Promise<Page<Song>> {
    return this.songs.page(first, after, search, state);
  }

  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Query(() => Song, {
    nullable: true,
    description:
      'The song made from exactly these bytes; null when the library has none. Query it before a large upload.',
  })
  songBySha256(
    @Args('sha256', { type: () => String, description: 'SHA-256 of the file, 64 lower-case hex digits.' })
    sha256: string,
  ): Promise<Song | null> {
    return this.songs.findByBytes(sha256);
  }

  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Mutation(() => Song, {
    description:
      'Makes a new generation while the current one stays available; a FAILED song is tried again. A song already ' +
      'queued or being transcoded stays as it is. Errors: NOT_FOUND.',
  })
  processSong(@Args('songId', { type: () => ID, description: 'Song.id' }) songId: string): Promise<Song> {
    return this.lifecycle.request(checkedId('Song', songId));
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Publishes a kept generation (Song.generations) again, immediately. Errors: NOT_FOUND, CONFLICT.',
  })
  rollbackSong(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @Args('generation', { type: () => ID, description: 'Generation.id' }) generation: string,
  ): Promise<Song> {
    return this.lifecycle.rollback(checkedId('Song', songId), generation);
  }
}
