import { statfs } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import {
  HealthIndicatorService,
  type HealthCheckAttempt,
  type HealthIndicatorFunction,
} from '@nestjs/terminus';
import type { Connection } from 'mongoose';
import { RedisClient } from '../cache/redis-client.service.js';
import { redisHorizonMs } from '../cache/redis-connection.js';
import { RedisRefusedError } from '../cache/redis-refusal.js';
import { DATABASE_ADVICE, databaseRefusalOf } from '../errors/database-refusal.js';
import { UnavailableError } from '../errors/domain-error.js';
import { Config } from '../config/config.js';
import { lastFailure } from '../mongo/mongo-connection.js';
import { MediaStorage } from '../storage/media-storage.js';
import { DependencyCheck, HealthCheckFailure } from './dependency-check.js';
import { HealthMetrics } from './health-metrics.js';
import type { InformationalCheck } from './informational-check.js';

const MEBIBYTE = 1024 ** 2;
/** Maximum age of a result that a scrape shows, milliseconds: hosted Redis bills every PING. */
const SCRAPED_MAX_AGE_MS = 60_000;

/** For this long after a good answer a service that is late on a busy machine is not reported as down, milliseconds. */
const BUSY_FORGIVEN_MS = 8_000;

/** A part without which the server is not ready, or is degraded. */
export interface RequiredPart {
  readonly name: string;
  report(indicators: HealthIndicatorService): HealthCheckAttempt<string> | HealthIndicatorFunction;
  /** The last result; undefined before the first check. One older than `maxAgeMs` is refreshed in the background. */
  lastFinding(maxAgeMs: number): boolean | undefined;
}

/** Checks everything the server cannot work without, with advice for each part that fails. */
@Injectable()
export class Readiness {
  private readonly checks: RequiredPart[];
  private readonly informational: InformationalCheck[] = [];

  constructor(
    private readonly indicators: HealthIndicatorService,
    private readonly config: Config,
    @InjectConnection() mongo: Connection,
    redis: RedisClient,
    storage: MediaStorage,
    metrics: HealthMetrics,
  ) {
    this.checks = [
      new DependencyCheck({
        name: 'database',
        advice: config.MONGODB_URI
          ? 'The database does not answer: see that the server named by MONGODB_URI runs and can be reached from here.'
          : 'The embedded database does not answer: it is started again by itself; the log says why if it is not.',
        timeoutMs: 1_000,
        rememberMs: 1_000,
        forgivenWhenBusyMs: BUSY_FORGIVEN_MS,
        run: () => checkDatabase(mongo),
      }),
      new DependencyCheck({
        name: 'redis',
        advice: config.REDIS_URL
          ? 'Redis does not answer: see that the server named by REDIS_URL runs and can be reached from here.'
          : 'The embedded Redis does not answer: it is started again by itself; the log says why if it is not.',
        timeoutMs: 500,
        rememberMs: 1_000,
        forgivenWhenBusyMs: BUSY_FORGIVEN_MS,
        run: () => checkRedis(redis, redisHorizonMs(config)),
      }),
      new DependencyCheck({
        name: 'storage',
        advice:
          'Media cannot be written: see that the media store is mounted, writable, not full and can be reached from here.',
        timeoutMs: 2_000,
        // A store that bills requests caches its good answers itself, and longer.
        rememberMs: 5_000,
        // A disk that transcodes keep busy answers late; remote stores have time-outs of their own.
        forgivenMs: config.STORAGE === 'local' ? 60_000 : 0,
        run: () => checkStorage(storage),
      }),
      new DependencyCheck({
        name: 'disk',
        advice: 'The disk of DATA_DIR cannot be examined: see that it is mounted.',
        timeoutMs: 1_000,
        rememberMs: 5_000,
        forgivenWhenBusyMs: BUSY_FORGIVEN_MS,
        run: () => this.checkDisk(),
      }),
    ];
    metrics.observe({ parts: () => this.lastFindings(), disk: () => statfs(config.DATA_DIR) });
  }

  /** Adds a part that a module of a higher layer cannot work without. */
  register(part: RequiredPart): void {
    this.checks.push(part);
  }

  /** Adds information from a module of a higher layer that never makes the server unready. */
  addInformational(check: InformationalCheck): void {
    this.informational.push(check);
  }

  /** One report per check, each within two seconds even if a service hangs. */
  reports(): (HealthCheckAttempt<string> | HealthIndicatorFunction)[] {
    return [...this.checks, ...this.informational].map((each) => each.report(this.indicators));
  }

  /** The last result of each part; a part that was never checked is missing. */
  private lastFindings(): Map<string, boolean> {
    const findings = new Map<string, boolean>();
    for (const check of this.checks) {
      const well = check.lastFinding(SCRAPED_MAX_AGE_MS);
      if (well !== undefined) findings.set(check.name, well);
    }
    return findings;
  }

  private async checkDisk(): Promise<{ freeBytes: number }> {
    const { bavail, bsize } = await statfs(this.config.DATA_DIR);
    return enoughFree(bavail * bsize, this.config.MIN_FREE_DISK_BYTES);
  }
}

/** Throws HealthCheckFailure when less than `requiredBytes` are free. */
export function enoughFree(freeBytes: number, requiredBytes: number): { freeBytes: number } {
  if (freeBytes >= requiredBytes) return { freeBytes };
  const [free, required] = [freeBytes, requiredBytes].map((bytes) => Math.floor(bytes / MEBIBYTE));
  throw new HealthCheckFailure(
    `Only ${free} MiB are free on the disk of DATA_DIR and uploads are refused below ${required} MiB ` +
      '(MIN_FREE_DISK_BYTES): free some space or use a larger disk.',
  );
}

/** Sends an update that matches nothing: it changes nothing, but fails wherever a write would fail. */
async function checkDatabase(connection: Connection): Promise<Record<string, unknown>> {
  try {
    // Asked while disconnected, the driver would wait for a server instead of saying so.
    if (connection.readyState !== 1 || !connection.db)
      throw lastFailure(connection) ?? new Error('not connected');
    await connection.db.collection('leases').updateOne({ _id: 'nobody' as never }, { $set: { probe: 1 } });
    return {};
  } catch (error) {
    const refusal = databaseRefusalOf(error);
    throw refusal ? new HealthCheckFailure(DATABASE_ADVICE[refusal]) : error;
  }
}

/** A Redis that refuses commands gives the reason, which is better than the general advice. */
async function checkRedis(redis: RedisClient, horizonMs: number): Promise<Record<string, unknown>> {
  try {
    await redis.assertAlive(horizonMs);
    return {};
  } catch (error) {
    throw error instanceof RedisRefusedError ? new HealthCheckFailure(error.message) : error;
  }
}

/** The error of a remote store says more precisely than the general advice what is wrong. */
async function checkStorage(storage: MediaStorage): Promise<{ store: string }> {
  try {
    await storage.check();
  } catch (error) {
    throw storage.name !== 'local' && error instanceof UnavailableError
      ? new HealthCheckFailure(error.message)
      : error;
  }
  return { store: storage.name };
}
