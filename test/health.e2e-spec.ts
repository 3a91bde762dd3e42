import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keepBusy } from './support/busy-loops.js';
import { eventuallyPasses } from './support/eventually.js';
import { HealthTestServer, statuses } from './support/health-server.js';
import { listenerOn } from './support/processes.js';
import { tempDir } from './support/temp-dir.js';

const folder = tempDir('health-spec');

describe('a server with all dependencies', () => {
  let server: HealthTestServer;

  beforeAll(async () => {
    server = await HealthTestServer.open({ DATA_DIR: join(folder, 'well'), MIN_FREE_DISK_BYTES: 1 });
    await eventuallyPasses(async () => expect((await server.get('/health')).status).toBe(200));
  });

  afterAll(() => server.end());

  it.each(['/health', '/health/ready'])(
    'says so at %s, and that the answer is not to be kept',
    async (path) => {
      const { status, body, cacheControl } = await server.get(path);
      expect(status).toBe(200);
      expect(statuses(body)).toEqual({
        database: 'up',
        redis: 'up',
        storage: 'up',
        disk: 'up',
        ffmpeg: 'up',
      });
      expect(body.details['ffmpeg']?.['version']).toMatch(/^\S*\d+\.\d+/);
      expect(cacheControl).toContain('no-store');
    },
  );

  it.each([
    ['redis', 'redisUrl'],
    ['database', 'mongodbUri'],
  ] as const)(
    'says within two seconds that its %s is frozen, and when it has recovered',
    async (part, url) => {
      const pid = await listenerOn(Number(new URL(server.urls[url]).port));
      process.kill(pid, 'SIGSTOP');
      try {
        await eventuallyPasses(async () => {
          const { status, body, milliseconds } = await server.get('/health/ready');
          expect(milliseconds).toBeLessThan(2_000);
          expect(status).toBe(503);
          expect(body.error[part]?.['message']).toMatch(/^The embedded \w+ does not answer: .+\.$/i);
        });
        const live = await server.get('/health/live');
        expect([live.status, live.milliseconds < 200]).toEqual([200, true]);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await eventuallyPasses(async () => expect((await server.get('/health')).status).toBe(200));
    },
  );

  it('does not report a database as down that answers late on a busy machine', async () => {
    const pid = await listenerOn(Number(new URL(server.urls.mongodbUri).port));
    const rest = keepBusy();
    try {
      expect((await server.get('/health')).status).toBe(200);
      process.kill(pid, 'SIGSTOP');
      // A positive result is cached for one second; wait longer.
      await sleep(1_500);
      const { status, body } = await server.get('/health');
      expect([status, statuses(body)['database']]).toEqual([200, 'up']);
    } finally {
      process.kill(pid, 'SIGCONT');
      await rest();
    }
    await eventuallyPasses(async () => expect((await server.get('/health')).status).toBe(200));
  });

  it('gives concurrent probes the same result', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => server.get('/health')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('labels /metrics by route and never by path', async () => {
    await server.get('/an/invented/path');
    const { text } = await server.get('/metrics');
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="unmatched",status="4xx"\} 1$/m,
    );
    expect(text).toMatch(
      /^http_request_duration_seconds_count\{method="GET",route="\/health\/live",status="2xx"\}/m,
    );
    expect(text).toMatch(/^process_resident_memory_bytes /m);
    expect(text).not.toContain('invented');
  });
});

describe('a server without dependencies', () => {
  let server: HealthTestServer;

  beforeAll(async () => {
    server = await HealthTestServer.open({
      DATA_DIR: join(folder, 'poor'),
      MONGODB_URI: 'mongodb://user:secret@127.0.0.1:9/music',
      REDIS_URL: 'redis://:secret@127.0.0.1:9',
      FFMPEG_PATH: '/nowhere/ffmpeg',
      MIN_FREE_DISK_BYTES: Number.MAX_SAFE_INTEGER,
    });
  });

  afterAll(() => server.end());

  it('starts and passes its liveness probe', async () => {
    expect((await server.get('/health/live')).status).toBe(200);
  });

  it('/health gives advice for each failed check and leaks no address or secret', async () => {
    const { status, body, text, milliseconds } = await server.get('/health');
    expect(milliseconds).toBeLessThan(2_500);
    expect(status).toBe(503);
    expect(statuses(body)).toEqual({
      database: 'down',
      redis: 'down',
      storage: 'up',
      disk: 'down',
      ffmpeg: 'down',
    });
    expect(body.details['database']?.['message']).toMatch(
      /^The database does not answer: .+ MONGODB_URI .+\.$/,
    );
    expect(body.details['redis']?.['message']).toMatch(/^Redis does not answer: .+ REDIS_URL .+\.$/);
    expect(body.details['disk']?.['message']).toMatch(/^Only \d+ MiB are free .+: free some space .+\.$/);
    expect(body.details['ffmpeg']?.['message']).toMatch(
      /^ffmpeg or ffprobe cannot be run: run bin\/setup, .+\.$/,
    );
    expect(text).not.toMatch(/secret|127\.0\.0\.1|nowhere|at \w+ \(/);
  });
});
