import { Args, Context, ID, Mutation, Resolver } from '@nestjs/graphql';
import type { Request } from 'express';
import { checkedId } from '../../platform/mongo/object-id.js';
import { PublicAddress } from '../../platform/config/public-address.js';
import { AccessScope } from '../../users/access-tokens/access-scope.js';
import { RequireRole, CurrentViewer, WithScope } from '../../users/authorization/access.guard.js';
import { Role } from '../../users/accounts/account.js';
import type { Viewer } from '../../users/authorization/viewer.js';
import { Song } from '../../songs/song.js';
import { AudioReplacement } from '../pipeline/audio-replacement.service.js';
import { SongIngestService } from '../pipeline/song-ingest.service.js';
import { UploadSongInput } from '../pipeline/upload-song.input.js';
import { CreateUploadInput } from './create-upload.input.js';
import { PendingUpload } from './pending-upload.js';
import { UploadCompletion } from './upload-completion.service.js';
import { UploadCreation } from './upload-creation.service.js';

/** Files that travel outside GraphQL: promised first, sent, then completed. */
@Resolver(() => PendingUpload)
export class UploadsResolver {
  constructor(
    private readonly creation: UploadCreation,
    private readonly completion: UploadCompletion,
    private readonly songIngest: SongIngestService,
    private readonly replacement: AudioReplacement,
    private readonly address: PublicAddress,
  ) {}

  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Mutation(() => PendingUpload, {
    description:
      'A place for a file that is to be sent past GraphQL: large ones, or over a slow line. Then `completeUpload`. ' +
      'Errors, before a byte is sent: EMPTY, TOO_LARGE, DUPLICATE (of `sha256`; extensions.songId is the one we have), ' +
      'DISK_FULL, BAD_INPUT (the store takes no PUT).',
  })
  createUpload(
    @Args('input', { description: 'The file.' }) input: CreateUploadInput,
    @CurrentViewer() viewer: Viewer,
    @Context('req') request: Request,
  ): Promise<PendingUpload> {
    return this.creation.create(input, viewer.accountId, this.address.of(request));
  }

  @RequireRole(Role.ADMIN)
  @WithScope(AccessScope.UPLOAD)
  @Mutation(() => Song, {
    description:
      'Checks, stores and queues what was sent, as `uploadSong` does. May be called again when the answer got lost: it is ' +
      'the same song. Errors after which the upload stays and this may be called again: UPLOAD_INCOMPLETE ' +
      '(extensions.receivedBytes of extensions.bytes have arrived), DISK_FULL, UNAVAILABLE, TIMED_OUT, STALLED. Errors that leave nothing ' +
      'behind: NOT_FOUND, NOT_AUDIO, TRUNCATED, TOO_LONG, TOO_SHORT, TOO_LARGE, TOO_COMPLEX, UNSUPPORTED_CODEC, EMPTY, ' +
      'DUPLICATE (extensions.songId), WRONG_LENGTH, CHECKSUM_MISMATCH.',
  })
  completeUpload(
    @Args('id', { type: () => ID, description: 'PendingUpload.id' }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Args('input', { nullable: true, description: 'What overrides the tags.' }) input?: UploadSongInput,
  ): Promise<Song> {
    return this.completion.complete(id, viewer.accountId, (file) =>
      this.songIngest.ingest(file, input ?? {}),
    );
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Gives a song new audio as `replaceAudio` does, from what was sent for `createUpload`. May be called again. Errors ' +
      'as of `completeUpload`; NOT_FOUND leaves the upload where it is, and so does CONFLICT, unless it says that the ' +
      'upload has become another song.',
  })
  async replaceAudioWithUpload(
    @Args('songId', { type: () => ID, description: 'Song.id' }) songId: string,
    @Args('uploadId', { type: () => ID, description: 'PendingUpload.id' }) uploadId: string,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Song> {
    const song = checkedId('Song', songId);
    return this.completion.completeInto(song, uploadId, viewer.accountId, (file) =>
      this.replacement.replace(song, file),
    );
  }
}
