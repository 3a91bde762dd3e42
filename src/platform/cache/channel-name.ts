/**
 * The channel's name on this Redis server. Pub/sub ignores the database number (redis.io, "Database & scoping"):
 * without it in the name, two installations in two databases of one Redis would receive each other's messages.
 */
export function channelName(redisUrl: string, name: string): string {
  const database = /^\/(\d+)$/.exec(new URL(redisUrl).pathname)?.[1] ?? '0';
  return database === '0' ? name : `${database}:${name}`;
}
