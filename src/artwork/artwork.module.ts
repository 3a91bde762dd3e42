import { Module } from '@nestjs/common';
import { StorageModule } from '../platform/storage/storage.module.js';
import { ArtworkService } from './artwork.service.js';

/** Makes covers; the modules of songs and albums show them. */
@Module({
  imports: [StorageModule],
  providers: [ArtworkService],
  exports: [ArtworkService],
})
export class ArtworkModule {}
