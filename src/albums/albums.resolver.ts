import { Args, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { MAX_PAGE, type Page } from '../platform/graphql/connection.js';
import { GraphQLUpload, type FileUpload } from '../platform/graphql/upload.scalar.js';
import { CurrentViewer, RequireRole, Public, WithScope } from '../users/authorization/access.guard.js';
import { AccessScope } from '../users/access-tokens/access-scope.js';
import { Role } from '../users/accounts/account.schema.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { AlbumArtwork } from './album-artwork.service.js';
import { CreateAlbumInput, UpdateAlbumInput } from './album.input.js';
import { Album, AlbumConnection, AlbumState } from './album.schema.js';
import { AlbumsService } from './albums.service.js';

const ALBUM_ID = { type: () => ID, description: 'Album.id' };

@Resolver(() => Album)
export class AlbumsResolver {
  constructor(
    private readonly albums: AlbumsService,
    private readonly artwork: AlbumArtwork,
  ) {}

  @Public()
  @Query(() => Album, {
    description: 'One album. Errors: NOT_FOUND, also for a draft if you are no administrator.',
  })
  album(@Args('id', ALBUM_ID) id: string, @CurrentViewer() viewer: Viewer | undefined): Promise<Album> {
    return this.albums.get(id, viewer);
  }

  @Public()
  @Query(() => AlbumConnection, {
    name: 'albums',
    description: 'Albums, newest first; drafts only for administrators. Errors: BAD_INPUT.',
  })
  list(
    @Args('first', { type: () => Int, defaultValue: 20, description: `How many, 1 to ${MAX_PAGE}.` })
    first: number,
    @Args('after', { type: () => String, nullable: true, description: 'endCursor of the page before.' })
    after: string | null,
    @Args('state', { type: () => AlbumState, nullable: true, description: 'Only albums in this state.' })
    state: AlbumState | null,
    @CurrentViewer() viewer: Viewer | undefined,
  ): Promise<Page<Album>> {
    return this.albums.page(viewer, first, after, state);
  }

  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Mutation(() => Album, { description: 'Makes an album without songs. Errors: BAD_INPUT.' })
  createAlbum(
    @Args('input', { description: 'What it is called, and who may see it.' }) input: CreateAlbumInput,
  ): Promise<Album> {
    return this.albums.create(input);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Album, {
    description:
      'Changes what an album is called, or who may see it: `state: PUBLISHED` publishes it. ' +
      'Errors: NOT_FOUND, BAD_INPUT, CONFLICT.',
  })
  updateAlbum(
    @Args('id', ALBUM_ID) id: string,
    @Args('input', { description: 'What to change.' }) input: UpdateAlbumInput,
  ): Promise<Album> {
    return this.albums.update(id, input);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Boolean, {
    description:
      'Removes an album for good; its songs stay, without an album. Always true. Errors: NOT_FOUND.',
  })
  async deleteAlbum(@Args('id', ALBUM_ID) id: string): Promise<boolean> {
    await this.albums.delete(id);
    return true;
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Album, {
    description:
      'Gives an album a cover: a still JPEG, PNG, WebP or GIF, 16 to 5000 pixels a side and at most 20 MiB, sent by the ' +
      'GraphQL multipart request specification. The old one stays at its addresses for a while. ' +
      'Errors: NOT_FOUND, ARTWORK_INVALID, TOO_LARGE, ABORTED, TIMED_OUT.',
  })
  async setAlbumArtwork(
    @Args('albumId', ALBUM_ID) albumId: string,
    @Args('file', {
      type: () => GraphQLUpload,
      description: 'The picture; its name and type are not trusted.',
    })
    file: FileUpload,
  ): Promise<Album> {
    return this.artwork.set(albumId, file);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Album, {
    description: 'Takes the cover off an album; one without a cover stays as it is. Errors: NOT_FOUND.',
  })
  removeAlbumArtwork(@Args('albumId', ALBUM_ID) albumId: string): Promise<Album> {
    return this.artwork.remove(albumId);
  }
}
