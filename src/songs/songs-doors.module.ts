import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ArtworkModule } from '../artwork/artwork.module.js';
import { AudioModule } from '../audio/audio.module.js';
import { CacheModule } from '../cache/cache.module.js';
import { LeaseModule } from '../common/lease.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { RealtimeModule } from '../realtime/realtime.module.js';
import { SocketsModule } from '../realtime/sockets.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { UsersModule } from '../users/users.module.js';
import { ProcessingResolver } from './processing.resolver.js';
import { SongArtwork } from './song-artwork.service.js';
import { SongLooks } from './song-looks.js';
import { SongNewsResolver } from './song-news.resolver.js';
import { SongNewsService } from './song-news.service.js';
import { SongRoomsGateway } from './song-rooms.gateway.js';
import { SongEditingResolver } from './song-editing.resolver.js';
import { SongRemoval } from './song-removal.service.js';
import { SongTagging } from './song-tagging.service.js';
import { SongsModule } from './songs.module.js';
import { SongsResolver } from './songs.resolver.js';
import { AudioReplacement } from './upload/audio-replacement.service.js';
import { IncomingAudio } from './upload/incoming-audio.js';
import { IntakeService } from './upload/intake.service.js';
import { Reception } from './upload/reception.js';
import { TagReader } from './upload/tags.js';
import { UploadDoorMiddleware } from './upload/upload-door.middleware.js';
import { DirectObjects } from './pending/direct-objects.js';
import { PendingUpload, PendingUploadSchema } from './pending/pending-upload.js';
import { PendingUploadsSweep } from './pending/pending-uploads-sweep.service.js';
import { PendingUploads } from './pending/pending-uploads.service.js';
import { ResumableArrivals } from './pending/resumable-arrivals.js';
import { ResumableDoorMiddleware } from './pending/resumable-door.middleware.js';
import { ResumableFiles } from './pending/resumable-files.js';
import { UploadCompletion } from './pending/upload-completion.service.js';
import { UploadCreation } from './pending/upload-creation.service.js';
import { UploadWays } from './pending/upload-ways.js';
import { UploadsResolver } from './pending/uploads.resolver.js';
import { DiskRoom } from './upload/disk-room.js';

/** Where people ask for songs and bring them; a worker does without. */
@Module({
  imports: [
    SongsModule,
    UsersModule,
    AudioModule,
    CacheModule,
    ArtworkModule,
    StorageModule,
    MetricsModule,
    RealtimeModule,
    SocketsModule,
    LeaseModule,
    MongooseModule.forFeature([{ name: PendingUpload.name, schema: PendingUploadSchema }]),
  ],
  providers: [
    ...[UploadsResolver, UploadCreation, UploadCompletion, PendingUploads, PendingUploadsSweep],
    ...[UploadWays, DirectObjects, ResumableFiles, ResumableArrivals, ResumableDoorMiddleware, DiskRoom],
    SongsResolver,
    SongNewsResolver,
    SongNewsService,
    SongLooks,
    SongRoomsGateway,
    IntakeService,
    IncomingAudio,
    AudioReplacement,
    SongEditingResolver,
    SongRemoval,
    SongArtwork,
    ProcessingResolver,
    SongTagging,
    Reception,
    TagReader,
    UploadDoorMiddleware,
  ],
  exports: [
    UploadDoorMiddleware,
    ResumableArrivals,
    ResumableDoorMiddleware,
    PendingUploads,
    DiskRoom,
    ResumableFiles,
  ],
})
export class SongsDoorsModule {}
