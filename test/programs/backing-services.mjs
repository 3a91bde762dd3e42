/**
 * Starts and stops the backing services as main.ts does. Its argument is JSON: the environment, and how long it takes to
 * close. It sends the addresses of the services, or why they do not start.
 */
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { compiled } from './compiled.mjs';

const { startBackingServices } = await compiled('platform/backing-services/backing-services.js');
const { Config } = await compiled('platform/config/config.js');
const { env, closingMs } = JSON.parse(process.argv[2]);

try {
  const services = await startBackingServices(Config.load(env));
  const end = async () => {
    await sleep(closingMs);
    await services.stop();
    process.exit(0);
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  process.send({ opened: { mongodbUri: services.mongodbUri, redisUrl: services.redisUrl } });
} catch (error) {
  process.send({ refused: error.message }, () => process.exit(1));
}
