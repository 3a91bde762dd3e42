import { Redis } from 'ioredis';

/** Database 0 holds a counter of the numbers in use, so that no two servers of any test process share a database. */
const COUNTER = 'tests:databases-given';

/**
 * The server's URL with the number of an unused database. Rejects when none is left: start a Redis for a whole run with
 * `redis-server --databases 4096`.
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
