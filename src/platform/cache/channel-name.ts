/**
 * A channel's name on this server. Pub/sub has no relation to the database number (redis.io, "Database & scoping"): without
 * it in the name, two installations in two databases of one Redis would hear each other.
 */
export function channelName(redisUrl: string, name: string): string {
  const database = /^\/(\d+)$/.exec(new URL(redisUrl).pathname)?.[1] ?? '0';
  return database === '0' ? name : `${database}:${name}`;
}
