import { Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { LocalStorage } from './local-storage.js';
import { MediaStorage } from './media-storage.js';

/** Chooses where bytes live; everybody else asks for MediaStorage and cannot tell. */
@Module({
  providers: [
    {
      provide: MediaStorage,
      inject: [Config],
      useFactory: (config: Config): MediaStorage => new LocalStorage(config.dataPath('media')),
    },
  ],
  exports: [MediaStorage],
})
export class StorageModule {}
