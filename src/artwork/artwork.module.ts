import { Module } from '@nestjs/common';
import { StorageModule } from '../platform/storage/storage.module.js';
import { ArtworkService } from './artwork.service.js';

/** Covers: made here, shown by whoever owns the thing they cover. */
@Module({
  imports: [StorageModule],
  providers: [ArtworkService],
  exports: [ArtworkService],
})
export class ArtworkModule {}
