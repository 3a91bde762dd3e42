import { Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { MediaStorage } from './media-storage.js';
import { storageFor } from './storage-choice.js';

/** Chooses the store; the other modules inject MediaStorage and do not know which one it is. */
@Module({
  providers: [{ provide: MediaStorage, inject: [Config], useFactory: storageFor }],
  exports: [MediaStorage],
})
export class StorageModule {}
