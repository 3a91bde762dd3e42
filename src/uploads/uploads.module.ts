import { Module } from '@nestjs/common';
import { MongooseModule } from '@nestjs/mongoose';
import { ArtworkModule } from '../artwork/artwork.module.js';
import { AudioModule } from '../audio/audio.module.js';
import { EventsModule } from '../events/events.module.js';
import { CacheModule } from '../platform/cache/cache.module.js';
import { MetricsModule } from '../platform/metrics/metrics.module.js';
import { LeaseModule } from '../platform/scheduling/lease.module.js';
import { StorageModule } from '../platform/storage/storage.module.js';
import { SongsApiModule } from '../songs/songs-api.module.js';
import { SongsModule } from '../songs/songs.module.js';
import { UsersModule } from '../users/users.module.js';
import { AudioReplacement } from './pipeline/audio-replacement.service.js';
import { OriginalFiles } from './pipeline/original-files.service.js';
import { SongIngestService } from './pipeline/song-ingest.service.js';
import { UploadOutcomes } from './pipeline/upload-outcomes.service.js';
import { UploadSpool } from './pipeline/upload-spool.service.js';
import { TagReader } from './pipeline/tag-reader.service.js';
import { MultipartUploadMiddleware } from './multipart/multipart-upload.middleware.js';
import { PresignedPutTransport } from './pending/presigned-put-transport.service.js';
import { PendingUpload, PendingUploadSchema } from './pending/pending-upload.schema.js';
import { PendingUploadsSweep } from './pending/pending-uploads-sweep.service.js';
import { PendingUploadRepository } from './pending/pending-upload.repository.js';
import { TusRequestQueue } from './tus/tus-request-queue.service.js';
import { TusMiddleware } from './tus/tus.middleware.js';
import { TusTransport } from './tus/tus-transport.service.js';
import { UploadCompletion } from './pending/upload-completion.service.js';
import { UploadCreation } from './pending/upload-creation.service.js';
import { UploadTransports } from './pending/upload-transports.service.js';
import { UploadsResolver } from './pending/uploads.resolver.js';
import { DiskSpace } from './pipeline/disk-space.service.js';
import { SongUploadsResolver } from './song-uploads.resolver.js';
import { UploadMetrics } from './upload-metrics.js';

/** How audio comes in: by a GraphQL multipart request, by tus or by a presigned PUT, all through one pipeline. */
@Module({
  imports: [
    SongsModule,
    SongsApiModule,
    UsersModule,
    AudioModule,
    CacheModule,
    ArtworkModule,
    StorageModule,
    MetricsModule.forFeature(UploadMetrics),
    EventsModule,
    LeaseModule,
    MongooseModule.forFeature([{ name: PendingUpload.name, schema: PendingUploadSchema }]),
  ],
  providers: [
    SongUploadsResolver,
    UploadsResolver,
    SongIngestService,
    AudioReplacement,
    UploadOutcomes,
    UploadSpool,
    OriginalFiles,
    TagReader,
    DiskSpace,
    MultipartUploadMiddleware,
    UploadCreation,
    UploadCompletion,
    PendingUploadRepository,
    PendingUploadsSweep,
    UploadTransports,
    PresignedPutTransport,
    TusTransport,
    TusRequestQueue,
    TusMiddleware,
  ],
  exports: [
    MultipartUploadMiddleware,
    TusRequestQueue,
    TusMiddleware,
    PendingUploadRepository,
    DiskSpace,
    TusTransport,
  ],
})
export class UploadsModule {}
