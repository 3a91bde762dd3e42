import { Module } from '@nestjs/common';
import { ArtworkModule } from '../artwork/artwork.module.js';
import { AudioModule } from '../audio/audio.module.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { UsersModule } from '../users/users.module.js';
import { SongsModule } from './songs.module.js';
import { SongsResolver } from './songs.resolver.js';
import { IntakeService } from './upload/intake.service.js';
import { Reception } from './upload/reception.js';
import { TagReader } from './upload/tags.js';
import { UploadDoorMiddleware } from './upload/upload-door.middleware.js';

/** Where people ask for songs and bring them; a worker does without. */
@Module({
  imports: [SongsModule, UsersModule, AudioModule, ArtworkModule, StorageModule, MetricsModule],
  providers: [SongsResolver, IntakeService, Reception, TagReader, UploadDoorMiddleware],
  exports: [UploadDoorMiddleware],
})
export class SongsDoorsModule {}
