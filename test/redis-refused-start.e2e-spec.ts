import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { makeSong } from './support/audio-fixtures.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { isHealthy, reportsAdvice } from './support/redis-health.js';
import { RedisServer } from './support/redis-server.js';
import { ready, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const OLD = 'old-secret-Xk4Xk4';
const NEW = 'new-secret-Zm9Zm9';
const HURRIED = { SWEEP_SECONDS: '1', REDIS_IDLE_POLL_SECONDS: '1' };

const folder = tempDir('refused-start');

describe('a server starts', () => {
  let redis: RedisServer;
  let database: EmbeddedDatabase;
  let server: TestServer | undefined;
  let control: Redis | undefined;

  beforeAll(async () => {
    [redis, database] = await Promise.all([RedisServer.create(), EmbeddedDatabase.start()]);
  });

  afterEach(async () => {
    await server?.close();
    server = undefined;
    control?.disconnect();
    await redis.kill();
  });

  afterAll(() => Promise.all([redis?.remove(), database?.close()]));

  const open = (userinfo = ''): Promise<TestServer> =>
    TestServer.start({
      ...HURRIED,
      REDIS_URL: redis.url.replace('//', `//${userinfo}`),
      MONGODB_URI: database.uri,
    });

  it('with a password that Redis refuses, reports it in one line, and works once Redis accepts it', async () => {
    await redis.start('--requirepass', NEW);
    control = await redis.control(NEW);
    server = await open(`:${OLD}@`);
    await reportsAdvice(server, /^Redis refuses the password of REDIS_URL: .+\.$/);
    const admin = await server.admin();
    const { id } = await uploadSong(admin, await makeSong(folder, 'early.mp3', 2));
    await eventually(async () => server!.lines.some((line) => /Redis.*unavailable: /.test(line)));
    expect(server.lines.filter((line) => /Redis.*unavailable: /.test(line))).toHaveLength(1);
    expect(server.lines.filter((line) => line.includes(OLD))).toEqual([]);
    await control.config('SET', 'requirepass', OLD);
    await isHealthy(server);
    await ready(admin, id, 60);
  }, 120_000);

  it('without the password that Redis demands and reports it', async () => {
    await redis.start('--requirepass', NEW);
    server = await open();
    await reportsAdvice(server, /^Redis demands a password: .+\.$/);
  }, 60_000);

  it('without access to channels, reports it, and its worker works once the ACL allows them', async () => {
    await redis.start();
    await redis.ask((client) => client.acl('SETUSER', 'default', 'resetchannels'));
    server = await open();
    await reportsAdvice(server, /^Redis forbids its user a command, a key or a channel: .+\.$/);
    const admin = await server.admin();
    const { id } = await uploadSong(admin, await makeSong(folder, 'unheard.mp3', 3));
    await redis.ask((client) => client.acl('SETUSER', 'default', 'allchannels'));
    await isHealthy(server);
    await ready(admin, id, 60);
  }, 120_000);

  it('while Redis is loading its data, reports it, and is healthy once Redis has loaded', async () => {
    const much = Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`k${i}`, 'v'.repeat(200)]));
    await redis.start();
    await redis.ask((client) => client.mset(much));
    await redis.ask((client) => client.bgrewriteaof());
    await eventually(async () =>
      /aof_rewrite_in_progress:0[^]+aof_rewrites:1/.test(
        await redis.ask((client) => client.info('persistence')),
      ),
    );
    await redis.kill();
    // The delay is in microseconds per key: loading takes a minute, until the delay is set to 0.
    await redis.launch('--key-load-delay', '20000', '--loading-process-events-interval-bytes', '1024');
    server = await open();
    await reportsAdvice(server, /^Redis is still reading its data: .+\.$/);
    await redis.ask((client) => client.config('SET', 'key-load-delay', '0'));
    await isHealthy(server);
  }, 90_000);

  it('on a Redis Cluster and reports that it is not supported', async () => {
    await redis.start('--cluster-enabled', 'yes', '--appendonly', 'no');
    await redis.ask((client) => client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383') as Promise<string>);
    server = await open();
    expect(
      (await reportsAdvice(server, /^REDIS_URL names a Redis Cluster, which is not supported: .+\.$/)).status,
    ).toBe(503);
    await eventually(async () => server!.lines.some((line) => line.includes('names a Redis Cluster')));
  }, 60_000);

  it('on a Redis that may evict jobs and warns of its eviction policy', async () => {
    await redis.start('--maxmemory-policy', 'allkeys-lru');
    server = await open();
    await eventually(async () =>
      server!.lines.some((line) => line.includes('maxmemory-policy is allkeys-lru')),
    );
    await isHealthy(server);
  }, 60_000);
});
