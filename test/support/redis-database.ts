import { Redis } from 'ioredis';

/** Numbers are handed out in database 0, so that no two houses, of whatever test process, get the same. */
const COUNTER = 'tests:databases-given';

/**
 * The server's address with the number of a database nobody uses. Rejects when it has no more of them: a server for a
 * whole run is started with `redis-server --databases 4096`.
 */
export async function unusedRedisDatabase(url: string): Promise<string> {
  const counter = Object.assign(new URL(url), { pathname: '/0' }).href;
  const client = new Redis(counter, { maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  try {
    const number = await client.incr(COUNTER);
    await client.select(number);
    await client.flushdb();
    return Object.assign(new URL(url), { pathname: `/${number}` }).href;
  } finally {
    client.disconnect();
  }
}
