import { Global, Module } from '@nestjs/common';
import { Config } from './config.js';

/** The one global room: every other may ask for Config. */
@Global()
@Module({
  providers: [{ provide: Config, useFactory: () => Config.load() }],
  exports: [Config],
})
export class ConfigModule {}
