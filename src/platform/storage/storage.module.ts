import { Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { MediaStorage } from './media-storage.js';
import { storageFor } from './storage-choice.js';

/** Chooses where bytes live; everybody else asks for MediaStorage and cannot tell. */
@Module({
  providers: [{ provide: MediaStorage, inject: [Config], useFactory: storageFor }],
  exports: [MediaStorage],
})
export class StorageModule {}
