import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ArtworkModule } from '../artwork/artwork.module.js';
import { AudioModule } from '../audio/audio.module.js';
import { CacheModule } from '../platform/cache/cache.module.js';
import { LeaseModule } from '../platform/scheduling/lease.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { RealtimeModule } from '../events/events.module.js';
import { SocketsModule } from '../events/sockets.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { UsersModule } from '../users/users.module.js';
import { ProcessingResolver } from './processing/processing.resolver.js';
import { SongArtwork } from './song-artwork.service.js';
import { SongLooks } from './events/song-looks.js';
import { SongNewsResolver } from './events/song-subscriptions.resolver.js';
import { SongNewsService } from './events/song-events.service.js';
import { SongRoomsGateway } from './events/songs.gateway.js';
import { SongEditingResolver } from './song-editing.resolver.js';
import { SongRemoval } from './media/song-removal.service.js';
import { SongTagging } from './song-tagging.service.js';
import { SongsModule } from './songs.module.js';
import { SongsResolver } from './songs.resolver.js';
import { AudioReplacement } from '../uploads/pipeline/audio-replacement.service.js';
import { IncomingAudio } from '../uploads/pipeline/audio-ingest.js';
import { IntakeService } from '../uploads/pipeline/song-ingest.service.js';
import { Reception } from '../uploads/pipeline/upload-spool.js';
import { TagReader } from '../uploads/pipeline/tags.js';
import { UploadDoorMiddleware } from '../uploads/pipeline/multipart-upload.middleware.js';
import { DirectObjects } from '../uploads/pending/presigned-put-transport.js';
import { PendingUpload, PendingUploadSchema } from '../uploads/pending/pending-upload.js';
import { PendingUploadsSweep } from '../uploads/pending/pending-uploads-sweep.service.js';
import { PendingUploads } from '../uploads/pending/pending-uploads.service.js';
import { ResumableArrivals } from '../uploads/tus/tus-request-order.js';
import { ResumableDoorMiddleware } from '../uploads/tus/tus.middleware.js';
import { ResumableFiles } from '../uploads/tus/tus-transport.js';
import { UploadCompletion } from '../uploads/pending/upload-completion.service.js';
import { UploadCreation } from '../uploads/pending/upload-creation.service.js';
import { UploadWays } from '../uploads/pending/upload-transports.js';
import { UploadsResolver } from '../uploads/pending/uploads.resolver.js';
import { DiskRoom } from '../uploads/pipeline/disk-space.js';

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
