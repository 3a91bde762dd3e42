export interface RedisConf {
  port: number;
  password: string;
}

/**
 * Configuration of a private server on the loopback address. A crash loses at most the last second of writes. Paths are
 * relative to the server's working folder.
 */
export function redisConf({ port, password }: RedisConf): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'daemonize no',
    'pidfile redis.pid',
    'logfile ""',
    'dir .',
    'appendonly yes',
    'appendfsync everysec',
    // No snapshots: the append-only file is enough.
    'save ""',
    // Bull's keys must never be evicted.
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}
