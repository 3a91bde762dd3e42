export interface RedisConf {
  port: number;
  password: string;
}

/** Pure: a private server on loopback whose data survive a crash but for the last second. Paths are relative to its folder. */
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
    // The append-only file is enough.
    'save ""',
    // Bull must never lose a key to make room for another.
    'maxmemory-policy noeviction',
    '',
  ].join('\n');
}
