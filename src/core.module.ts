import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { BullModule } from '@nestjs/bull';
import { MongooseModule } from '@nestjs/mongoose';
import { LoggerModule } from 'nestjs-pino';
import { EncoderHealthModule } from './audio/encoder-health.module.js';
import { DatabaseClockModule } from './platform/mongo/database-clock.module.js';
import { ConfigModule } from './platform/config/config.module.js';
import { Config } from './platform/config/config.js';
import { DomainErrorFilter } from './platform/errors/domain-error.filter.js';
import { ArgumentsPipe } from './platform/graphql/arguments.pipe.js';
import { loggerOptions } from './platform/logging/logging.js';
import { mongoConnection } from './platform/mongo/mongo-connection.js';
import { ServiceUrls } from './platform/config/service-urls.js';
import { HealthModule } from './platform/health/health.module.js';
import { MetricsModule } from './platform/metrics/metrics.module.js';
import { queueConnection } from './platform/queue/queue-connection.js';

/** What every process has, whatever its modules: configuration, log, connections, health, metrics, pipe and filter. */
@Module({
  providers: [
    { provide: APP_PIPE, useClass: ArgumentsPipe },
    { provide: APP_FILTER, useClass: DomainErrorFilter },
  ],
})
export class CoreModule {
  static forRoot(config: Config, urls: ServiceUrls): DynamicModule {
    return {
      module: CoreModule,
      imports: [
        ConfigModule.forRoot(config, urls),
        LoggerModule.forRoot(loggerOptions(config, urls)),
        MongooseModule.forRoot(urls.mongodbUri, mongoConnection(urls.mongodbUri)),
        DatabaseClockModule,
        BullModule.forRoot(queueConnection(urls.redisUrl, config.redisIdlePollSeconds)),
        MetricsModule,
        HealthModule,
        EncoderHealthModule,
      ],
    };
  }
}
