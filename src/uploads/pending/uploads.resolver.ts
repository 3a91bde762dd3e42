import { Args, Context, ID, Mutation, Resolver } from '@nestjs/graphql';
import type { Request } from 'express';
import { checkedId } from '../../platform/mongo/object-id.js';
import { PublicAddress } from '../../platform/config/public-address.service.js';
import { AccessScope } from '../../users/access-tokens/access-scope.js';
import { RequireRole, CurrentViewer, WithScope } from '../../users/authorization/access.guard.js';
import { Role } from '../../users/accounts/account.schema.js';
import type { Viewer } from '../../users/authorization/viewer.js';
import { Song } from '../../songs/song.schema.js';
import { AudioReplacement } from '../pipeline/audio-replacement.service.js';
import { SongIngestService } from '../pipeline/song-ingest.service.js';
import { UploadSongInput } from '../pipeline/upload-song.input.js';
import { CreateUploadInput } from './create-upload.input.js';
import { PendingUpload } from './pending-upload.schema.js';
import { UploadCompletion } from './upload-completion.service.js';
import { UploadCreation } from './upload-creation.service.js';

/** Uploads outside GraphQL requests: create the upload, send the file, complete the upload. */
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
      'Creates an upload slot for a file that is sent outside GraphQL: for large files and slow connections. Call ' +
      '`completeUpload` afterwards. Errors, before a byte is sent: EMPTY, TOO_LARGE, DUPLICATE (of `sha256`; ' +
      'extensions.songId is the existing song), DISK_FULL, BAD_INPUT (the store accepts no PUT).',
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
      'Checks, stores and queues the sent file, as `uploadSong` does. May be called again when the response got ' +
      'lost: it returns the same song. Errors after which the upload is kept and this may be called again: ' +
      'UPLOAD_INCOMPLETE (extensions.receivedBytes of extensions.bytes have arrived), DISK_FULL, UNAVAILABLE, ' +
      'TIMED_OUT, STALLED. Errors that leave nothing behind: NOT_FOUND, NOT_AUDIO, TRUNCATED, TOO_LONG, TOO_SHORT, ' +
      'TOO_LARGE, TOO_COMPLEX, UNSUPPORTED_CODEC, EMPTY, DUPLICATE (extensions.songId), WRONG_LENGTH, ' +
      'CHECKSUM_MISMATCH.',
  })
  completeUpload(
    @Args('id', { type: () => ID, description: 'PendingUpload.id' }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Args('input', { nullable: true, description: 'Values that override the tags.' }) input?: UploadSongInput,
  ): Promise<Song> {
    return this.completion.complete(id, viewer.accountId, (file) =>
      this.songIngest.ingest(file, input ?? {}),
    );
  }

  @RequireRole(Role.ADMIN)
  @Mutation(() => Song, {
    description:
      'Replaces the audio of a song as `replaceAudio` does, with the file sent for `createUpload`. May be called ' +
      'again. Errors are those of `completeUpload`; NOT_FOUND keeps the upload, and so does CONFLICT unless it ' +
      'says that the upload has become another song.',
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
