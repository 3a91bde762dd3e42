import type { Config } from '../config/config.js';
import { keepFilesPrivate, openPrivateFolder } from '../files/private-folder.js';
import type { ServiceUrls } from '../config/service-urls.js';
import { startEmbeddedDatabase } from './embedded-database.js';
import { DataDirLock } from './data-dir-lock.js';
import {
  announceServiceUrls,
  serviceUrlsOfRunningInstance,
  withdrawServiceUrls,
} from './running-instance.js';
import { startEmbeddedRedis } from './embedded-redis.js';
import type { SupervisedChild } from './supervised-child.js';

export interface BackingServices extends ServiceUrls {
  /** Call after the server has closed. Takes about two seconds at most. */
  stop(): Promise<void>;
}

/**
 * Returns the configured backing services and starts an embedded one for each that is not configured. Rejects with
 * StartupError, whose message is for the operator, and then leaves nothing running.
 */
export async function startBackingServices(config: Config): Promise<BackingServices> {
  const { MONGODB_URI, REDIS_URL } = config;
  if (MONGODB_URI && REDIS_URL) return { mongodbUri: MONGODB_URI, redisUrl: REDIS_URL, stop: async () => {} };

  await openPrivateFolder(config.DATA_DIR);
  const lock = await DataDirLock.take(config.DATA_DIR);
  const children: SupervisedChild[] = [];
  const stop = async () => {
    await withdrawServiceUrls(config.DATA_DIR);
    await Promise.all(children.map((child) => child.stop()));
    await lock.release();
  };
  const [database, redis] = await Promise.allSettled([
    MONGODB_URI ??
      startEmbeddedDatabase(config.dataPath('database')).then(
        ({ uri, child }) => (children.push(child), uri),
      ),
    REDIS_URL ??
      startEmbeddedRedis(config.dataPath('redis')).then(({ url, child }) => (children.push(child), url)),
  ]);
  if (database.status === 'rejected' || redis.status === 'rejected') {
    await stop();
    throw database.status === 'rejected' ? database.reason : (redis as PromiseRejectedResult).reason;
  }
  const urls = { mongodbUri: database.value, redisUrl: redis.value };
  await announceServiceUrls(config.DATA_DIR, urls);
  return { ...urls, stop };
}

/**
 * For a command beside the server: connects to the services of the running server, else starts its own as a server
 * would.
 */
export async function connectBackingServices(config: Config): Promise<BackingServices> {
  keepFilesPrivate();
  const isConfigured = config.MONGODB_URI && config.REDIS_URL;
  const running = isConfigured ? undefined : await serviceUrlsOfRunningInstance(config);
  return running ? { ...running, stop: async () => {} } : startBackingServices(config);
}
