import { Args, ID, Info, Int, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { GraphQLResolveInfo } from 'graphql';
import type { CountedRead } from '../platform/mongo/counted-read.js';
import { BadInputError } from '../platform/errors/domain-error.js';
import { Song } from '../songs/song.schema.js';
import { RequireRole, CurrentViewer, WithScope } from '../users/authorization/access.guard.js';
import { AccessScope } from '../users/access-tokens/access-scope.js';
import { Role } from '../users/accounts/account.schema.js';
import type { Viewer } from '../users/authorization/viewer.js';
import { AlbumLoudness } from './album-loudness.js';
import { AlbumLoader } from './album-loader.service.js';
import { AlbumTracks } from './album-tracks.service.js';
import { AlbumTrackInput } from './album.input.js';
import { Album } from './album.schema.js';
import { AlbumsService } from './albums.service.js';
import { MAX_TRACKS } from './track-list.js';

const ALBUM_ID = { type: () => ID, description: 'Album.id' };
const SONG_ID = { type: () => ID, description: 'Song.id' };

@Resolver(() => Album)
export class AlbumTracksResolver {
  constructor(
    private readonly loader: AlbumLoader,
    private readonly edits: AlbumTracks,
    private readonly albums: AlbumsService,
  ) {}

  @ResolveField(() => [Song], {
    description:
      `All its songs, at most ${MAX_TRACKS}, by Song.discNumber and Song.trackNumber. ` +
      'Errors: BAD_INPUT, for the tracks of the albums of tracks.',
  })
  tracks(@Parent() album: Album, @Info() { path }: GraphQLResolveInfo): Promise<CountedRead<Song[]>> {
    if (isBelowAlbum(path))
      throw new BadInputError('Ask for the tracks of an album once, not again for each of its tracks.');
    return this.loader.tracksOf(album.id);
  }

  @ResolveField(() => AlbumLoudness, {
    nullable: true,
    description:
      'Measured of the tracks listeners get; null before the first is READY. Follows every change of its tracks.',
  })
  loudness(@Parent() album: Album): Promise<CountedRead<AlbumLoudness | null>> {
    return this.loader.loudnessOf(album.id);
  }

  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Mutation(() => Album, {
    description:
      `Gives an album exactly these tracks, at most ${MAX_TRACKS}; songs are taken off the albums they were on, and songs ` +
      'left out are taken off this one. Of concurrent calls the last one wins as a whole. ' +
      'Errors: NOT_FOUND (album or song), BAD_INPUT (a song or a place named twice, numbers out of range), CONFLICT.',
  })
  async setAlbumTracks(
    @Args('albumId', ALBUM_ID) albumId: string,
    @Args('tracks', { type: () => [AlbumTrackInput], description: 'In any order.' })
    tracks: AlbumTrackInput[],
    @CurrentViewer() viewer: Viewer,
  ): Promise<Album> {
    await this.edits.set(albumId, tracks);
    return this.albums.get(albumId, viewer);
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Puts a song on an album and takes it off the one it was on, or moves it within the same one. Songs at the same ' +
      'place are ordered by age. Errors: NOT_FOUND (album or song), BAD_INPUT.',
  })
  moveSongToAlbum(
    @Args('songId', SONG_ID) songId: string,
    @Args('albumId', ALBUM_ID) albumId: string,
    @Args('discNumber', {
      type: () => Int,
      nullable: true,
      description: 'Which disc, 1 to 999; null: what the song says, else 1.',
    })
    discNumber: number | null,
    @Args('trackNumber', {
      type: () => Int,
      nullable: true,
      description: 'Place on the disc, 1 to 9999; null: what the song says, else behind the last one.',
    })
    trackNumber: number | null,
  ): Promise<Song> {
    return this.edits.move(songId, albumId, { discNumber, trackNumber });
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Takes a song off an album; it stays in the library. One that is on another album by now stays there. ' +
      'Errors: NOT_FOUND.',
  })
  removeSongFromAlbum(
    @Args('songId', SONG_ID) songId: string,
    @Args('albumId', ALBUM_ID) albumId: string,
  ): Promise<Song> {
    return this.edits.remove(songId, albumId);
  }
}

/** Albums have songs, and songs an album: without this limit a short query could read the library many times over. */
function isBelowAlbum({ prev }: GraphQLResolveInfo['path']): boolean {
  for (let place = prev; place; place = place.prev) if (place.typename === Album.name) return true;
  return false;
}
