import { Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { StoreName } from '../config/store-settings.js';
import { LocalStorage } from './local-storage.js';
import { MediaStorage } from './media-storage.js';
import { S3Storage } from './s3-storage.js';

const STORAGES: Readonly<Record<StoreName, (config: Config) => MediaStorage>> = {
  local: (config) => new LocalStorage(config.dataPath('media')),
  s3: (config) => new S3Storage(config),
  cloudinary: () => {
    throw new Error('not yet');
  },
};

/** Chooses where bytes live; everybody else asks for MediaStorage and cannot tell. */
@Module({
  providers: [
    {
      provide: MediaStorage,
      inject: [Config],
      useFactory: (config: Config): MediaStorage => STORAGES[config.STORAGE](config),
    },
  ],
  exports: [MediaStorage],
})
export class StorageModule {}
