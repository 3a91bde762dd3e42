import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeSong } from './support/audio-fixtures.js';
import { EmbeddedDatabase } from '../packages/embedded-mongo/test/support/embedded-mongo.js';
import { TestServer } from './support/test-server.js';
import { RedisMeter, total, type Calls } from './support/redis-meter.js';
import { RedisServer } from './support/redis-server.js';
import { ready, sourcesOf, uploadSong } from './support/songs.js';
import { tempDir } from './support/temp-dir.js';

const DAY = 86_400;
/** Commands per day of an idle API and worker together, as operations.md states. */
const BUDGET_PER_DAY = 1_500;
const DEFAULT_POLL_SECONDS = 300;
/** REDIS_IDLE_POLL_SECONDS governs all polling of Redis, so a hundredth of it shows every period many times. */
const SPEED_UP = 100;
/** Long enough for more than one of the longest period, Bull's check for stalled jobs. */
const IDLE_SECONDS = 100;
const WATCHED_SECONDS = 65;
const SETTLE_SECONDS = 10;
const SONG_SECONDS = 20;

/** An API without a worker, a worker, and their services. */
class ApiAndWorker {
  private constructor(
    readonly redis: RedisServer,
    readonly database: EmbeddedDatabase,
    readonly dataDir: string,
    readonly api: TestServer,
    readonly worker: TestServer,
    readonly meter: RedisMeter,
  ) {}

  static async open(env: Record<string, string> = {}): Promise<ApiAndWorker> {
    const redis = await RedisServer.create();
    const dataDir = tempDir('budget');
    const [database] = await Promise.all([EmbeddedDatabase.start(), redis.start()]);
    const all = { ...env, REDIS_URL: redis.url, MONGODB_URI: database.uri };
    const [api, worker] = await Promise.all([
      TestServer.start({ ...all, WORKER: 'none' }, 'main.js', dataDir),
      TestServer.start(all, 'worker.js', dataDir),
    ]);
    return new ApiAndWorker(redis, database, dataDir, api, worker, await RedisMeter.on(redis.url));
  }

  async close(): Promise<void> {
    this.meter.close();
    await Promise.all([this.api.close(), this.worker.close()]);
    await Promise.all([this.redis.remove(), this.database.close()]);
  }

  /** Asks both processes for /health every 10 s like a load balancer and for /metrics every 15 s like Prometheus. */
  watch(): () => void {
    const ask = (path: string) => () => {
      for (const { url } of [this.api, this.worker]) void fetch(url + path).then((r) => r.text());
    };
    const timers = [setInterval(ask('/health'), 10_000), setInterval(ask('/metrics'), 15_000)];
    return () => timers.forEach((timer) => clearInterval(timer));
  }

  async callsIn(seconds: number): Promise<Calls> {
    await this.meter.since();
    await sleep(seconds * 1_000);
    return this.meter.since();
  }
}

function show(what: string, calls: Calls): void {
  process.stderr.write(`${what}: ${total(calls)} ${JSON.stringify(calls)}\n`);
}

describe('API and worker on one Redis', () => {
  let frequent: ApiAndWorker;
  let usual: ApiAndWorker;

  beforeAll(async () => {
    [frequent, usual] = await Promise.all([
      ApiAndWorker.open({ REDIS_IDLE_POLL_SECONDS: String(DEFAULT_POLL_SECONDS / SPEED_UP) }),
      ApiAndWorker.open(),
    ]);
    await sleep(SETTLE_SECONDS * 1_000);
  }, 90_000);

  afterAll(() => Promise.all([frequent?.close(), usual?.close()]));

  const perDay = (calls: Calls, seconds: number) => Math.round(((total(calls) / seconds) * DAY) / SPEED_UP);

  it(
    'send fewer than 1,500 commands a day to Redis while idle',
    async () => {
      const calls = await frequent.callsIn(IDLE_SECONDS);
      show(
        `idle, ${IDLE_SECONDS} s at a ${SPEED_UP}th of the periods, ${perDay(calls, IDLE_SECONDS)} a day`,
        calls,
      );
      // Every period was seen: the blocking pop, the guard, the check for stalled jobs and the pings of both processes.
      for (const name of ['brpoplpush', 'zrangebyscore', 'smembers', 'ping'])
        expect(calls[name]).toBeGreaterThan(1);
      expect(perDay(calls, IDLE_SECONDS)).toBeLessThan(BUDGET_PER_DAY);
    },
    (IDLE_SECONDS + 60) * 1_000,
  );

  it(
    'stay below that under health checks and scrapes, and poll only by REDIS_IDLE_POLL_SECONDS',
    async () => {
      const ends = [frequent.watch(), usual.watch()];
      const [watched, asUsual] = await Promise.all([
        frequent.callsIn(WATCHED_SECONDS),
        usual.callsIn(WATCHED_SECONDS),
      ]).finally(() => ends.forEach((end) => end()));
      show(
        `watched, ${WATCHED_SECONDS} s at a ${SPEED_UP}th of the periods, ${perDay(watched, WATCHED_SECONDS)} a day`,
        watched,
      );
      show(`watched, ${WATCHED_SECONDS} s at the usual periods`, asUsual);
      expect(perDay(watched, WATCHED_SECONDS)).toBeLessThan(BUDGET_PER_DAY);
      // One ping of each process may fall into the window; any other polling at shorter periods would show here.
      expect(total(asUsual)).toBeLessThanOrEqual(2);
      const scrape = await (await fetch(`${usual.api.url}/metrics`)).text();
      expect(scrape).toContain('transcode_queue_jobs{state="waiting"} 0');
      expect((await fetch(`${usual.worker.url}/health`)).status).toBe(200);
    },
    (WATCHED_SECONDS + 60) * 1_000,
  );

  it('send no command for playing a song that was played within the last minute', async () => {
    const folder = tempDir('budget-song');
    const admin = await usual.api.admin();
    await usual.meter.since();
    const { id } = await uploadSong(admin, await makeSong(folder, 'song.mp3', SONG_SECONDS));
    await ready(admin, id, 240);
    await sleep(2_000);
    show(`upload and transcode of ${SONG_SECONDS} s`, await usual.meter.since());

    const play = async () => {
      const { masterPlaylist, qualities } = await sourcesOf(admin, id);
      for (const url of [masterPlaylist!, ...qualities.map((quality) => quality.url)]) {
        const body = await (await fetch(url)).text();
        const segment = body.split('\n').find((line) => line.endsWith('.ts'));
        if (segment) expect((await fetch(new URL(segment, url))).status).toBe(200);
      }
    };
    await play();
    show('first play', await usual.meter.since());
    for (let plays = 0; plays < 20; plays += 1) await play();
    const again = await usual.meter.since();
    show('20 more plays', again);
    expect(again).toEqual({});

    for (let plays = 0; plays < 20; plays += 1)
      await admin.ask(
        'mutation ($song: ID!, $play: ID!) { recordPlay(songId: $song, playId: $play, seconds: 20) { counts } }',
        {
          song: id,
          play: randomUUID(),
        },
      );
    const recorded = await usual.meter.since();
    show('20 recorded plays', recorded);
    // The song's length is looked up once a minute; a process limits the plays of an ordinary listener by itself.
    expect(total(recorded)).toBeLessThanOrEqual(2);
  }, 300_000);
});
