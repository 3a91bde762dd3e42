/**
 * The health and metrics modules in a server of their own, with the backing services that main.ts would start. Its
 * argument is the environment as JSON; it sends its port and the addresses of the services.
 */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MongooseModule } from '@nestjs/mongoose';
import { compiled } from './compiled.mjs';

const { EncoderHealthModule } = await compiled('audio/encoder-health.module.js');
const { startBackingServices } = await compiled('platform/backing-services/backing-services.js');
const { Config } = await compiled('platform/config/config.js');
const { ConfigModule } = await compiled('platform/config/config.module.js');
const { HealthModule } = await compiled('platform/health/health.module.js');
const { MetricsModule } = await compiled('platform/metrics/metrics.module.js');
const { mongoConnection } = await compiled('platform/mongo/mongo-connection.js');

const config = Config.load(JSON.parse(process.argv[2]));
const services = await startBackingServices(config);
const { mongodbUri, redisUrl } = services;

class HealthApp {}
Module({
  imports: [
    ConfigModule.forRoot(config, { mongodbUri, redisUrl }),
    MongooseModule.forRoot(mongodbUri, mongoConnection(mongodbUri)),
    MetricsModule,
    HealthModule,
    EncoderHealthModule,
  ],
})(HealthApp);

const app = await NestFactory.create(HealthApp, { logger: false });
await app.listen(0, '127.0.0.1');
process.once('SIGTERM', async () => {
  await app.close();
  await services.stop();
  process.exit(0);
});
process.send({ port: app.getHttpServer().address().port, urls: { mongodbUri, redisUrl } });
