import { Module, type DynamicModule } from '@nestjs/common';
import { BullModule } from '@nestjs/bull';
import { MongooseModule } from '@nestjs/mongoose';
import { LoggerModule } from 'nestjs-pino';
import { DatabaseClockModule } from './common/database-clock.module.js';
import { ConfigModule } from './config/config.module.js';
import { Config } from './config/config.js';
import { loggerOptions } from './config/logging.js';
import { mongoConnection } from './config/mongo-connection.js';
import { SupplierUrls } from './config/supplier-urls.js';
import { HealthModule } from './health/health.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { queueConnection } from './songs/queue-connection.js';

/** What every process of the house has, whatever its rooms: configuration, log, connections, health and metrics. */
@Module({})
export class HouseModule {
  static of(config: Config, urls: SupplierUrls): DynamicModule {
    return {
      module: HouseModule,
      imports: [
        ConfigModule.of(config, urls),
        LoggerModule.forRoot(loggerOptions(config, urls)),
        MongooseModule.forRoot(urls.mongodbUri, mongoConnection(urls.mongodbUri)),
        DatabaseClockModule,
        BullModule.forRoot(queueConnection(urls.redisUrl, config.redisSilenceSeconds)),
        MetricsModule,
        HealthModule,
      ],
    };
  }
}
