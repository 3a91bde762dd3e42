import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './support/eventually.js';
import { listenerOn } from './support/processes.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'health-spec-'));
});

afterAll(() => eventually(() => rm(folder, { recursive: true, force: true })));

describe('a house with everything it needs', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open({ DATA_DIR: join(folder, 'well'), MIN_FREE_DISK_BYTES: 1 });
    await eventually(async () => expect((await house.get('/health')).status).toBe(200));
  });

  afterAll(() => house.end());

  it.each(['/health', '/health/ready'])(
    'says so at %s, and that the answer is not to be kept',
    async (path) => {
      const { status, body, cacheControl } = await house.get(path);
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
    'says within two seconds that its %s is frozen, and when it is well again',
    async (part, url) => {
      const pid = await listenerOn(Number(new URL(house.urls[url]).port));
      process.kill(pid, 'SIGSTOP');
      try {
        await eventually(async () => {
          const { status, body, milliseconds } = await house.get('/health/ready');
          expect(milliseconds).toBeLessThan(2_000);
          expect(status).toBe(503);
          expect(body.error[part]?.['message']).toMatch(/^The embedded \w+ does not answer: .+\.$/i);
        });
        const live = await house.get('/health/live');
        expect([live.status, live.milliseconds < 200]).toEqual([200, true]);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await eventually(async () => expect((await house.get('/health')).status).toBe(200));
    },
  );

  it('gives probes of the same moment the same answer', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => house.get('/health')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('shows what it counts at /metrics, by route and never by path', async () => {
    await house.get('/an/invented/path');
    const { text } = await house.get('/metrics');
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

describe('a house that lacks everything', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open({
      DATA_DIR: join(folder, 'poor'),
      MONGODB_URI: 'mongodb://user:secret@127.0.0.1:9/music',
      REDIS_URL: 'redis://:secret@127.0.0.1:9',
      FFMPEG_PATH: '/nowhere/ffmpeg',
      MIN_FREE_DISK_BYTES: Number.MAX_SAFE_INTEGER,
    });
  });

  afterAll(() => house.end());

  it('opens all the same, and is alive', async () => {
    expect((await house.get('/health/live')).status).toBe(200);
  });

  it('has advice on every lack, and gives no address or secret away', async () => {
    const { status, body, text, milliseconds } = await house.get('/health');
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
    expect(body.details['disk']?.['message']).toMatch(/^Only \d+ MiB are free .+: make room .+\.$/);
    expect(body.details['ffmpeg']?.['message']).toMatch(
      /^ffmpeg or ffprobe cannot be run: run bin\/setup, .+\.$/,
    );
    expect(text).not.toMatch(/secret|127\.0\.0\.1|nowhere|at \w+ \(/);
  });
});

describe('a server on a machine so busy that ffmpeg answers late', () => {
  it('is ready all the time, says why it is slow, and is well when ffmpeg has answered', async () => {
    const slow = join(folder, 'slow-ffmpeg');
    await writeFile(slow, '#!/bin/sh\nsleep 4\nexec ffmpeg "$@"\n', { mode: 0o755 });
    const settings = { DATA_DIR: join(folder, 'busy'), MIN_FREE_DISK_BYTES: 1, FFMPEG_PATH: slow };
    const house = await House.open(settings);
    try {
      const seen = new Map<unknown, unknown>();
      const statusCodes = new Set<number>();
      await eventually(async () => {
        const { status, body } = await house.get('/health');
        // The database may need a moment after the start.
        if (statuses(body)['database'] === 'up') statusCodes.add(status);
        seen.set(statuses(body)['ffmpeg'], body.details['ffmpeg']?.['advice']);
        expect(statuses(body)['ffmpeg']).toBe('up');
      });
      expect([...statusCodes]).toEqual([200]);
      expect([...seen.keys()]).toEqual(['degraded', 'up']);
      expect(seen.get('degraded')).toEqual([
        expect.stringMatching(/^ffmpeg answers late: this machine is busy/),
      ]);
    } finally {
      await house.end();
    }
  });
});

describe('a server that only answers (WORKER=none) on a machine without ffmpeg', () => {
  it('stays ready, because songs play, and says that uploads are refused', async () => {
    const settings = { DATA_DIR: join(folder, 'answering'), MIN_FREE_DISK_BYTES: 1, WORKER: 'none' };
    const house = await House.open({ ...settings, FFMPEG_PATH: '/nowhere/ffmpeg' });
    try {
      await eventually(async () => expect((await house.get('/health')).status).toBe(200));
      const { body } = await house.get('/health');
      expect(statuses(body)['ffmpeg']).toBe('degraded');
      expect(body.details['ffmpeg']?.['advice']).toEqual([
        expect.stringMatching(/^ffmpeg or ffprobe cannot be run: run bin\/setup, .+ Uploads are refused/),
      ]);
    } finally {
      await house.end();
    }
  });
});

// ---------------------------------------------------------------------------------------------------------------------

interface HealthBody {
  details: Record<string, Record<string, unknown>>;
  error: Record<string, Record<string, unknown>>;
}

interface Answer {
  status: number;
  cacheControl: string | null;
  text: string;
  body: HealthBody;
  milliseconds: number;
}

interface Opened {
  port: number;
  urls: { mongodbUri: string; redisUrl: string };
}

function statuses({ details }: HealthBody): Record<string, unknown> {
  return Object.fromEntries(Object.entries(details).map(([name, detail]) => [name, detail['status']]));
}

/** The compiled health and metrics rooms in a house of their own, with the suppliers main.ts would start. */
class House {
  private constructor(
    private readonly program: ChildProcess,
    private readonly port: number,
    readonly urls: Opened['urls'],
  ) {}

  static async open(settings: Record<string, unknown>): Promise<House> {
    const program = spawn(process.execPath, ['--input-type=module', '-e', script(settings)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const silent = once(program, 'exit').then(() =>
      Promise.reject(new Error('the house ended without a word')),
    );
    const [{ port, urls }] = (await Promise.race([once(program, 'message'), silent])) as [Opened];
    return new House(program, port, urls);
  }

  async get(path: string): Promise<Answer> {
    const began = performance.now();
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`);
    const text = await response.text();
    return {
      status: response.status,
      cacheControl: response.headers.get('cache-control'),
      text,
      body: text.startsWith('{') ? JSON.parse(text) : { details: {}, error: {} },
      milliseconds: performance.now() - began,
    };
  }

  async end(): Promise<void> {
    const gone = once(this.program, 'exit');
    this.program.kill('SIGTERM');
    await gone;
  }
}

function script(settings: Record<string, unknown>): string {
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]));
  const compiled = (path: string) => JSON.stringify(new URL(`../dist/${path}`, import.meta.url).href);
  return `
    import 'reflect-metadata';
    import { Module } from '@nestjs/common';
    import { NestFactory } from '@nestjs/core';
    import { MongooseModule } from '@nestjs/mongoose';
    import { Config } from ${compiled('config/config.js')};
    import { ConfigModule } from ${compiled('config/config.module.js')};
    import { mongoConnection } from ${compiled('config/mongo-connection.js')};
    import { startSuppliers } from ${compiled('embedded/suppliers.js')};
    import { HealthModule } from ${compiled('health/health.module.js')};
    import { MetricsModule } from ${compiled('metrics/metrics.module.js')};
    const config = Config.load(${JSON.stringify(env)});
    const suppliers = await startSuppliers(config);
    const { mongodbUri, redisUrl } = suppliers;
    class House {}
    Module({ imports: [
      ConfigModule.of(config, { mongodbUri, redisUrl }),
      MongooseModule.forRoot(mongodbUri, mongoConnection(mongodbUri)),
      MetricsModule,
      HealthModule,
    ] })(House);
    const app = await NestFactory.create(House, { logger: false });
    await app.listen(0, '127.0.0.1');
    process.once('SIGTERM', async () => { await app.close(); await suppliers.stop(); process.exit(0); });
    process.send({ port: app.getHttpServer().address().port, urls: { mongodbUri, redisUrl } });
  `;
}
