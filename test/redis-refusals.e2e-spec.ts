import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { ApiClient } from '../src/cli/api-client.js';
import { makeSong } from './support/audio-fixtures.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { eventually } from './support/eventually.js';
import { TestServer } from './support/test-server.js';
import { isHealthy, reportsAdvice } from './support/redis-health.js';
import { RedisServer } from './support/redis-server.js';
import { ready, songOf, sourcesOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const OLD = 'old-secret-Xk4Xk4';
const NEW = 'new-secret-Zm9Zm9';
const HURRIED = { SWEEP_SECONDS: '1', REDIS_IDLE_POLL_SECONDS: '1' };

const folder = tempDir('refusals');

/** The log lines in which the server reports that Redis is unavailable. */
const outages = (server: TestServer): string[] =>
  server.lines.filter((line) => /"context":"Redis"/.test(line) && line.includes('unavailable: '));

const endAllConnections = async (control: Redis): Promise<void> => {
  await control.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  await control.client('KILL', 'TYPE', 'pubsub');
};

describe('a running server with a worker, while Redis refuses its commands', () => {
  let redis: RedisServer;
  let primary: RedisServer;
  let database: EmbeddedDatabase;
  let control: Redis;
  let server: TestServer;
  let admin: ApiClient;
  let known: string;
  let songs = 0;

  beforeAll(async () => {
    [redis, primary] = await Promise.all([RedisServer.create(), RedisServer.create()]);
    [database] = await Promise.all([
      EmbeddedDatabase.start(),
      redis.start('--requirepass', OLD, '--enable-protected-configs', 'yes'),
      primary.start(),
    ]);
    control = await redis.control(OLD);
    const url = redis.url.replace('//', `//:${OLD}@`);
    server = await TestServer.start({ ...HURRIED, REDIS_URL: url, MONGODB_URI: database.uri });
    admin = await server.admin();
    known = (await uploaded()).id;
    await ready(admin, known, 60);
  }, 120_000);

  afterAll(async () => {
    control?.disconnect();
    await server?.close();
    await Promise.all([redis?.remove(), primary?.remove(), database?.close()]);
  });

  const uploaded = async () => {
    songs += 1;
    return uploadSong(admin, await makeSong(folder, `song-${songs}.mp3`, 2 + songs / 10));
  };

  /** Makes every snapshot fail by a folder in the place of the file. */
  const failSnapshots = async (): Promise<void> => {
    await mkdir(join(redis.dir, 'taken'));
    await control.config('SET', 'dbfilename', 'taken');
    await control.config('SET', 'save', '3600 1');
    await control.bgsave();
    await eventually(async () => (await control.info('persistence')).includes('rdb_last_bgsave_status:err'));
  };

  const plays = async (): Promise<void> => {
    const { masterPlaylist } = await sourcesOf(admin, known);
    expect((await fetch(masterPlaylist!)).status).toBe(200);
  };

  it.each([
    {
      what: 'password changed',
      advice: /^Redis refuses the password of REDIS_URL: .+\.$/,
      cause: async () => {
        await control.config('SET', 'requirepass', NEW);
        await endAllConnections(control);
      },
      cure: () => control.config('SET', 'requirepass', OLD),
    },
    {
      what: 'Redis became a replica in a failover',
      advice: /^Redis is a read-only replica: .+\.$/,
      cause: () => control.replicaof('127.0.0.1', Number(new URL(primary.url).port)),
      cure: () => control.replicaof('NO', 'ONE'),
    },
    {
      what: 'memory full',
      advice: /^Redis is full and takes no writes: .+\.$/,
      cause: () => control.config('SET', 'maxmemory', '1'),
      cure: () => control.config('SET', 'maxmemory', '0'),
    },
  ])(
    '$what: songs play and uploads wait, one log line, /health names the cause, recovers without a restart',
    async ({ advice, cause, cure }) => {
      const before = outages(server).length;
      await cause();
      const { id } = await uploaded();
      expect((await reportsAdvice(server, advice)).status).toBe(503);
      await plays();
      await sleep(3_000);
      expect((await songOf(admin, id)).processing.state).toBe('QUEUED');
      expect(server.lines.filter((line) => line.includes(`${id}: queued`))).toEqual([]);
      expect(outages(server).slice(before)).toHaveLength(1);
      await cure();
      await isHealthy(server);
      await ready(admin, id, 60);
      expect(server.child.exitCode).toBeNull();
    },
    120_000,
  );

  it.each([
    {
      what: 'snapshots fail on the disk of Redis',
      advice: /^Redis cannot save to its disk .+\.$/,
      cause: failSnapshots,
      cure: () => control.config('SET', 'save', ''),
    },
    {
      what: 'too few replicas',
      advice: /^Redis has fewer replicas than it demands .+\.$/,
      cause: () => control.config('SET', 'min-replicas-to-write', '3'),
      cure: () => control.config('SET', 'min-replicas-to-write', '0'),
    },
    {
      what: 'ACL without write commands',
      advice: /^Redis forbids its user a command, a key or a channel: .+\.$/,
      cause: () => control.acl('SETUSER', 'default', '-@write'),
      cure: () => control.acl('SETUSER', 'default', '+@all'),
    },
    {
      what: 'ACL without channels',
      advice: /^Redis forbids its user a command, a key or a channel: .+\.$/,
      cause: () => control.acl('SETUSER', 'default', 'resetchannels'),
      cure: () => control.acl('SETUSER', 'default', 'allchannels'),
    },
    {
      what: 'maxclients reached',
      advice: /^Redis has no connection left: .+\.$/,
      cause: async () => {
        await control.config('SET', 'maxclients', '1');
        await endAllConnections(control);
      },
      cure: () => control.config('SET', 'maxclients', '1000'),
    },
  ])(
    '$what: songs play, /health names the cause, and the server recovers without a restart',
    async ({ advice, cause, cure }) => {
      await cause();
      try {
        expect((await reportsAdvice(server, advice)).status).toBe(503);
        await plays();
      } finally {
        await cure();
      }
      await isHealthy(server);
      expect(server.child.exitCode).toBeNull();
    },
    60_000,
  );

  it('writes no password to its log', () => {
    expect(server.lines.filter((line) => line.includes(OLD) || line.includes(NEW))).toEqual([]);
  });
});
