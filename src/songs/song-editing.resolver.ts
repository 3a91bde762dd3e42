import { Args, ID, Mutation, Resolver } from '@nestjs/graphql';
import { checkedId } from '../platform/mongo/object-id.js';
import { GraphQLUpload, type FileUpload } from '../platform/graphql/upload.scalar.js';
import { Allow } from '../users/authorization/access.guard.js';
import { Role } from '../users/accounts/account.js';
import { SongArtwork } from './song-artwork.service.js';
import { SongRemoval } from './media/song-removal.service.js';
import { SongTagging } from './song-tagging.service.js';
import { Song } from './song.js';
import { UpdateSongInput } from './update-song.input.js';
import { AudioReplacement } from '../uploads/pipeline/audio-replacement.service.js';
import { MultipartFile } from '../uploads/pipeline/multipart-file.js';

@Resolver(() => Song)
export class SongEditingResolver {
  constructor(
    private readonly tagging: SongTagging,
    private readonly removal: SongRemoval,
    private readonly replacement: AudioReplacement,
    private readonly artwork: SongArtwork,
  ) {}

  @Allow(Role.ADMIN)
  @Mutation(() => Song, {
    description: 'Changes the tags of a song, not its file. Errors: NOT_FOUND, BAD_INPUT, CONFLICT.',
  })
  updateSong(
    @Args('id', { type: () => ID, description: 'Song.id' }) id: string,
    @Args('input', { description: 'What to change.' }) input: UpdateSongInput,
  ): Promise<Song> {
    return this.tagging.update(checkedId('Song', id), input);
  }

  @Allow(Role.ADMIN)
  @Mutation(() => Boolean, {
    description:
      'Removes a song for good, also while it is being transcoded: its files, its places on albums and in playlists. ' +
      'Caches outside this server may keep a file until they drop it. Always true. Errors: NOT_FOUND.',
  })
  async deleteSong(@Args('id', { type: () => ID, description: 'Song.id' }) id: string): Promise<boolean> {
    await this.removal.remove(checkedId('Song', id));
    return true;
  }

  @Allow(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Gives a song new audio, sent as for `uploadSong`; id, tags, cover, album, plays and places in playlists stay. ' +
      'Listeners get what was published before until the new audio is READY; `fallbackUrl` is the new file at once. ' +
      'The bytes it has already change nothing. Errors, after which all is as it was: NOT_FOUND, CONFLICT, NOT_AUDIO, ' +
      'TRUNCATED, TOO_LONG, TOO_SHORT, TOO_LARGE, TOO_COMPLEX, UNSUPPORTED_CODEC, EMPTY, DUPLICATE (extensions.songId is the other ' +
      'song of these bytes), ABORTED, DISK_FULL, TIMED_OUT, STALLED.',
  })
  async replaceAudio(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @Args('file', {
      type: () => GraphQLUpload,
      description: 'The audio file; its name, type and tags are not used.',
    })
    file: FileUpload,
  ): Promise<Song> {
    return this.replacement.replace(checkedId('Song', songId), new MultipartFile(file));
  }

  @Allow(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Gives a song a cover of its own: a still JPEG, PNG, WebP or GIF, 16 to 5000 pixels a side and at most 20 MiB, ' +
      'sent by the GraphQL multipart request specification. The old one stays at its addresses for a while. ' +
      'Errors: NOT_FOUND, ARTWORK_INVALID, TOO_LARGE, ABORTED, TIMED_OUT.',
  })
  async setSongArtwork(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @Args('file', {
      type: () => GraphQLUpload,
      description: 'The picture; its name and type are not trusted.',
    })
    file: FileUpload,
  ): Promise<Song> {
    return this.artwork.set(checkedId('Song', songId), file);
  }

  @Allow(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Takes a song’s own cover off; it then shows its album’s. One without a cover stays as it is. Errors: NOT_FOUND.',
  })
  removeSongArtwork(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
  ): Promise<Song> {
    return this.artwork.remove(checkedId('Song', songId));
  }
}
