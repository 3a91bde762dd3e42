import { EmbeddedDatabase } from '../../packages/embedded-mongo/test/support/embedded-mongo.js';
import { RedisServer } from './redis-server.js';

/** A MongoDB wire server and a Redis that several servers of one test share. */
export interface SharedServices {
  env: { MONGODB_URI: string; REDIS_URL: string };
  redis: RedisServer;
  stop(): Promise<void>;
}

/** With MONGODB_URI, the database is one of that server. */
export async function startSharedServices(): Promise<SharedServices> {
  const { MONGODB_URI } = process.env;
  const redis = await RedisServer.create();
  const [database] = await Promise.all([MONGODB_URI ? undefined : EmbeddedDatabase.start(), redis.start()]);
  const uri = new URL(database?.uri ?? MONGODB_URI!);
  uri.pathname = `/shared-${Date.now()}`;
  return {
    env: { MONGODB_URI: uri.href, REDIS_URL: redis.url },
    redis,
    async stop() {
      await Promise.all([database?.close(), redis.remove()]);
    },
  };
}
