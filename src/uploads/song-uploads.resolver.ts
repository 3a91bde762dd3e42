import { Args, ID, Mutation, Resolver } from '@nestjs/graphql';
import { Config } from '../platform/config/config.js';
import { GraphQLUpload, type FileUpload } from '../platform/graphql/upload.scalar.js';
import { checkedId } from '../platform/mongo/object-id.js';
import { SongArtwork } from '../songs/song-artwork.service.js';
import { Song } from '../songs/song.schema.js';
import { AccessScope } from '../users/access-tokens/access-scope.js';
import { Role } from '../users/accounts/account.schema.js';
import { RequireRole, WithScope } from '../users/authorization/access.guard.js';
import { AudioReplacement } from './pipeline/audio-replacement.service.js';
import { MultipartFile } from './multipart/multipart-file.js';
import { pictureOf } from './multipart/picture-upload.js';
import { SongIngestService } from './pipeline/song-ingest.service.js';
import { UploadSongInput } from './pipeline/upload-song.input.js';

/** The mutations that take a file in a GraphQL multipart request. */
@Resolver(() => Song)
export class SongUploadsResolver {
  constructor(
    private readonly songIngest: SongIngestService,
    private readonly replacement: AudioReplacement,
    private readonly artwork: SongArtwork,
    private readonly config: Config,
  ) {}

  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Mutation(() => Song, {
    description:
      'Checks, stores and queues a song: mp3, m4a/aac, flac, ogg/opus, wav, aiff, wma or webm, sent by the GraphQL ' +
      'multipart request specification. Errors, none of which leaves anything behind: NOT_AUDIO, TRUNCATED, ' +
      'TOO_LONG, TOO_SHORT, TOO_LARGE, TOO_COMPLEX, UNSUPPORTED_CODEC, EMPTY, DUPLICATE (extensions.songId is the ' +
      'existing song), ABORTED, DISK_FULL; TIMED_OUT and STALLED say that the server was busy: send the file again.',
  })
  async uploadSong(
    @Args('file', {
      type: () => GraphQLUpload,
      description: 'The audio file; its name and type are not trusted.',
    })
    file: FileUpload,
    @Args('input', { nullable: true, description: 'Values that override the tags.' }) input?: UploadSongInput,
  ): Promise<Song> {
    return this.songIngest.ingest(new MultipartFile(file), input ?? {});
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Replaces the audio of a song, sent as for `uploadSong`; id, tags, cover, album, plays and playlist entries ' +
      'stay. Listeners get the published generation until the new audio is READY; `fallbackUrl` is the new file at ' +
      'once. Sending the same bytes again changes nothing. Errors, after which the song is unchanged: NOT_FOUND, ' +
      'CONFLICT, NOT_AUDIO, TRUNCATED, TOO_LONG, TOO_SHORT, TOO_LARGE, TOO_COMPLEX, UNSUPPORTED_CODEC, EMPTY, ' +
      'DUPLICATE (extensions.songId is the other song with these bytes), ABORTED, DISK_FULL, TIMED_OUT, STALLED.',
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

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Sets the cover of a song: a still JPEG, PNG, WebP or GIF, 16 to 5000 pixels a side and at most 20 MiB, sent ' +
      'by the GraphQL multipart request specification. The old cover stays available at its URLs for a while. ' +
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
    return this.artwork.set(checkedId('Song', songId), () =>
      pictureOf(file.createReadStream(), this.config.MAX_UPLOAD_BYTES),
    );
  }
}
