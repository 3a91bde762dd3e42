import { Module, type DynamicModule } from '@nestjs/common';
import { Config } from './config.js';
import { PublicAddress } from './public-address.service.js';
import { ServiceUrls } from './service-urls.js';

/** A global module: every other module may inject Config, ServiceUrls and PublicAddress. */
@Module({})
export class ConfigModule {
  static forRoot(config: Config, urls: ServiceUrls): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: Config, useValue: config },
        { provide: ServiceUrls, useValue: urls },
        PublicAddress,
      ],
      exports: [Config, ServiceUrls, PublicAddress],
    };
  }
}
