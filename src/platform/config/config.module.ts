import { Module, type DynamicModule } from '@nestjs/common';
import { Config } from './config.js';
import { PublicAddress } from './public-address.js';
import { SupplierUrls } from './service-urls.js';

/** The one global room: every other may ask for Config, SupplierUrls and PublicAddress. */
@Module({})
export class ConfigModule {
  static of(config: Config, urls: SupplierUrls): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: Config, useValue: config },
        { provide: SupplierUrls, useValue: urls },
        PublicAddress,
      ],
      exports: [Config, SupplierUrls, PublicAddress],
    };
  }
}
